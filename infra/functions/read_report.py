"""Task: read the message, decide what it asks, open the study's change."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import WRITE, causes, news, objects, parking, table


class ReadReport(DrimboxFunction):
    """Parses what came from outside; has no right on sent documents or served images."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "read_report",
            platform,
            uses=[
                objects("INBOX_BUCKET", stateful.buckets.inbox, "get"),
                objects("ARCHIVE_BUCKET", stateful.buckets.archive, "get"),
                table("STUDIES_TABLE", stateful.tables.studies, *WRITE),
                table("IMPORTS_TABLE", stateful.tables.imports, "GetItem"),
                table("MESSAGES_TABLE", stateful.tables.messages, *WRITE),
                news(platform),
                *causes(platform),
                *parking(platform),
            ],
        )
