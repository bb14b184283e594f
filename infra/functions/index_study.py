"""Task: find the study in the site's PACS and keep its index."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import (
    CHANGE,
    WRITE,
    agents_answers,
    causes,
    news,
    objects,
    pacs,
    parking,
    table,
    traits_secrets,
)


class IndexStudy(DrimboxFunction):
    """Speaks with the PACS; writes the index to the archive; knows the patients by their hashes."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "index_study",
            platform,
            timeout=120,
            uses=[
                objects("INBOX_BUCKET", stateful.buckets.inbox, "get"),
                objects("ARCHIVE_BUCKET", stateful.buckets.archive, "get", "put"),
                table("STUDIES_TABLE", stateful.tables.studies, *WRITE),
                table("IMPORTS_TABLE", stateful.tables.imports, "GetItem"),
                table("CIRCUITS_TABLE", stateful.tables.circuits, *CHANGE),
                table("MESSAGES_TABLE", stateful.tables.messages, *WRITE),
                news(platform),
                table("PATIENTS_TABLE", stateful.tables.patients, "GetItem", "PutItem"),
                traits_secrets(platform),
                *pacs(platform),
                *agents_answers(platform),
                *causes(platform),
                *parking(platform),
            ],
        )
