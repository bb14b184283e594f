"""POST replay of ``in``: queue a held publication again, or a page of those of one cause."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import WRITE, sender, table


class ReplayPublication(DrimboxFunction):
    """Counts the replay and queues the message; the workflow does the rest."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "replay_publication",
            platform,
            public=True,
            timeout=25,
            uses=[
                table("MESSAGES_TABLE", stateful.tables.messages, *WRITE, index=True),
                sender("MESSAGES_QUEUE_URL", stateful.messages.queue),
            ],
        )
