"""GET operations of ``vi``: the operator's pages."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import objects, services_view, table, traits_secrets, value


class ShowOperationsPages(DrimboxFunction):
    """Reads, changes nothing."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "show_operations_pages",
            platform,
            timeout=25,
            uses=[
                objects("INBOX_BUCKET", stateful.buckets.inbox, "get"),
                objects("ARCHIVE_BUCKET", stateful.buckets.archive, "get"),
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
                table("AGENTS_TABLE", stateful.tables.agents, "Query"),
                value("VI_URL", platform.deployment.vi_url),
            ],
        )
