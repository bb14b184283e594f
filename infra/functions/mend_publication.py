"""POST mend of ``in``: keep what an operator mends, beside the message."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import objects, table


class MendPublication(DrimboxFunction):
    """The message itself is locked; the workflow reads the mend at the next replay."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "mend_publication",
            platform,
            public=True,
            timeout=25,
            uses=[
                objects("INBOX_BUCKET", stateful.buckets.inbox, "get", "put"),
                table("MESSAGES_TABLE", stateful.tables.messages, "GetItem", "PutItem"),
                table("STUDIES_TABLE", stateful.tables.studies, "GetItem"),
            ],
        )
