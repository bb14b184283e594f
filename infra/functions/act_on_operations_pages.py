"""POST operations of ``vi``: the forms of the operator's pages."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import (
    CHANGE,
    WRITE,
    large_exports,
    objects,
    sender,
    table,
    traits_secrets,
    value,
)


class ActOnOperationsPages(DrimboxFunction):
    """May what every verb of an operator needs; the workflow does the rest."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "act_on_operations_pages",
            platform,
            timeout=28,
            uses=[
                value("VI_URL", platform.deployment.vi_url),
                objects("INBOX_BUCKET", stateful.buckets.inbox, "get", "put"),
                objects("ARCHIVE_BUCKET", stateful.buckets.archive, "get"),
                *large_exports(platform),
                table("MESSAGES_TABLE", stateful.tables.messages, *WRITE, index=True),
                table("WAITS_TABLE", stateful.tables.waits, "Query"),
                table("STUDIES_TABLE", stateful.tables.studies, "GetItem"),
                table("IMPORTS_TABLE", stateful.tables.imports, "GetItem", "DeleteItem"),
                table("OPERATIONS_TABLE", stateful.tables.operations, *CHANGE),
                table("PATIENTS_TABLE", stateful.tables.patients, "GetItem", "PutItem"),
                table("AGENTS_TABLE", stateful.tables.agents, *CHANGE, "Query"),
                table("HEALTH_TABLE", stateful.tables.health, "DeleteItem"),
                traits_secrets(platform),
                sender("MESSAGES_QUEUE_URL", stateful.messages.queue),
            ],
        )
