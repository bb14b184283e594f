"""POST withdraw of ``in``: queue an order that takes a manifest out of the DMP."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import objects, sender, table


class WithdrawPublication(DrimboxFunction):
    """Keeps the order as messages are kept; the workflow does the rest."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "withdraw_publication",
            platform,
            public=True,
            timeout=25,
            uses=[
                objects("INBOX_BUCKET", stateful.buckets.inbox, "get", "put"),
                table("STUDIES_TABLE", stateful.tables.studies, "GetItem"),
                sender("MESSAGES_QUEUE_URL", stateful.messages.queue),
            ],
        )
