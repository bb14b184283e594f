"""GET hl7v2/uploads/{upload} of ``in``: receive what was uploaded, acknowledge it."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import objects, sender, table


class AcknowledgeUpload(DrimboxFunction):
    """Reads 64 MiB into characters of up to four bytes: the memory is for the worst of them."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "acknowledge_upload",
            platform,
            timeout=28,
            memory=3008,
            uses=[
                objects("UPLOADS_BUCKET", stateful.buckets.uploads, "get", "put"),
                objects("INBOX_BUCKET", stateful.buckets.inbox, "get", "put"),
                table("LOOKUPS_TABLE", stateful.tables.lookups, "UpdateItem"),
                sender("MESSAGES_QUEUE_URL", stateful.messages.queue),
            ],
        )
