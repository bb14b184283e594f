"""GET operations of ``in``: the views for an operator's program."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import large_exports, objects, services_view, table, traits_secrets


class ReadOperations(DrimboxFunction):
    """Reads, and changes nothing; a large export is kept for its address."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "read_operations",
            platform,
            timeout=25,
            uses=[
                objects("INBOX_BUCKET", stateful.buckets.inbox, "get"),
                objects("ARCHIVE_BUCKET", stateful.buckets.archive, "get"),
                *large_exports(platform),
                objects("RECONCILIATIONS_BUCKET", stateful.buckets.reconciliations, "get"),
                table("MESSAGES_TABLE", stateful.tables.messages, "GetItem", index=True),
                table("WAITS_TABLE", stateful.tables.waits, "GetItem", "Query"),
                table("STUDIES_TABLE", stateful.tables.studies, "GetItem", index=True),
                table("IMPORTS_TABLE", stateful.tables.imports, "GetItem"),
                table("OPERATIONS_TABLE", stateful.tables.operations, "GetItem", "Query"),
                table("PATIENTS_TABLE", stateful.tables.patients, "GetItem"),
                traits_secrets(platform),
                table("LOOKUPS_TABLE", stateful.tables.lookups, "Query", "BatchGetItem"),
                *services_view(platform),
                table("CERTIFICATES_TABLE", stateful.tables.certificates, "GetItem"),
                table("NEWS_TABLE", stateful.tables.news, "Query"),
            ],
        )
