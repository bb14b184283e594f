"""POST hl7v2 of ``in``: keep one message durably, queue it, acknowledge it."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import objects, sender, table


class ReceiveMessage(DrimboxFunction):
    """Accepting needs the inbox and the queue only; a table notes refusals, and may fail."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "receive_message",
            platform,
            timeout=25,
            uses=[
                objects("INBOX_BUCKET", stateful.buckets.inbox, "get", "put"),
                table("LOOKUPS_TABLE", stateful.tables.lookups, "UpdateItem"),
                sender("MESSAGES_QUEUE_URL", stateful.messages.queue),
            ],
        )
