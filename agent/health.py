"""The agent's own health, as its beats tell it."""

from __future__ import annotations

from shutil import disk_usage
from typing import TYPE_CHECKING

from agent.status.board import PacsState
from agent.work.ports import Health

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from functions.drimbox.ports import Clock


class Pulse:
    """Remembers what the agent's parts see. Several threads use it: each value is set whole."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._pacs: tuple[bool | None, datetime | None] = (None, None)
        self._spool: tuple[int, datetime | None] = (0, None)

    def pacs_seen(self, answers: bool) -> None:
        """The archive has answered, or not."""
        if self._pacs[0] is not answers:
            self._pacs = (answers, self._clock.now())

    def spool_seen(self, messages: int, oldest_at: datetime | None) -> None:
        """So many messages wait in the spool, the oldest since then."""
        self._spool = (messages, oldest_at)

    @property
    def pacs(self) -> PacsState:
        """The archive's state, and since when."""
        answers, since = self._pacs
        state = {None: "unknown", True: "reachable", False: "unreachable"}[answers]
        return PacsState("PACS", state, since)

    def now(self) -> Health:
        """The health at this moment."""
        messages, oldest_at = self._spool
        return Health(
            at=self._clock.now(),
            pacs=self._pacs[0],
            messages=messages,
            oldest_at=oldest_at,
            disk_free_bytes=disk_usage(self._folder).free,
        )
