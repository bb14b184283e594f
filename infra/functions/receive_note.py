"""POST studies of ``db`` (STOW-RS): keep a rejection note, put it in force, queue it."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import WRITE, objects, sender, table


class ReceiveNote(DrimboxFunction):
    """Writes the note beside the study's record, and empties its cache before it answers."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "receive_note",
            platform,
            timeout=25,
            uses=[
                objects("INBOX_BUCKET", stateful.buckets.inbox, "get", "put"),
                objects("ARCHIVE_BUCKET", stateful.buckets.archive, "put"),
                objects("CACHE_BUCKET", stateful.buckets.cache, "delete"),
                table("STUDIES_TABLE", stateful.tables.studies, *WRITE),
                sender("MESSAGES_QUEUE_URL", stateful.messages.queue),
            ],
        )
