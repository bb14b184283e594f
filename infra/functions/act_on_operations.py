"""POST operations of ``in``: the changes by an operator's program."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import CHANGE, WRITE, objects, sender, table, traits_secrets


class ActOnOperations(DrimboxFunction):
    """May what every verb of a program needs; the workflow does the rest."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "act_on_operations",
            platform,
            timeout=25,
            uses=[
                objects("INBOX_BUCKET", stateful.buckets.inbox, "get", "put"),
                table("MESSAGES_TABLE", stateful.tables.messages, *WRITE, index=True),
                table("WAITS_TABLE", stateful.tables.waits, "Query"),
                table("STUDIES_TABLE", stateful.tables.studies, "GetItem"),
                table("IMPORTS_TABLE", stateful.tables.imports, "GetItem", "DeleteItem"),
                table("OPERATIONS_TABLE", stateful.tables.operations, *CHANGE),
                table("PATIENTS_TABLE", stateful.tables.patients, "GetItem", "PutItem"),
                traits_secrets(platform),
                sender("MESSAGES_QUEUE_URL", stateful.messages.queue),
            ],
        )
