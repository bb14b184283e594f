"""POST operations of ``in``: the changes by an operator's program."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import CHANGE, WRITE, objects, sender, table


class ActOnOperations(DrimboxFunction):
    """May what every verb of a program needs; the workflow does the rest."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "act_on_operations",
            platform,
            public=True,
            timeout=25,
            uses=[
                objects("INBOX_BUCKET", stateful.buckets.inbox, "get", "put"),
                table("MESSAGES_TABLE", stateful.tables.messages, *WRITE, index=True),
                table("STUDIES_TABLE", stateful.tables.studies, "GetItem"),
                table("OPERATIONS_TABLE", stateful.tables.operations, *CHANGE),
                sender("MESSAGES_QUEUE_URL", stateful.messages.queue),
            ],
        )
