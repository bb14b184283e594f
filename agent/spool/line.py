"""The state of the way to the cloud, as its answers tell it, and the pauses between tries."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from agent.spool.courier import Acknowledged, Away, Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from agent.spool.courier import Outcome
    from functions.drimbox.ports import Clock

# Seconds.
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
# The cause of a refusal of the whole agent, and of the answer "not now".
REFUSED: Final = "refused"
NOT_NOW: Final = "not_now"


class LineState(StrEnum):
    """Nobody has been asked yet; it answers; no answer comes; it refuses this agent."""

    UNKNOWN = "unknown"
    THERE = "there"
    AWAY = "away"
    REFUSED = "refused"


@dataclass
class Line:
    """``since`` is the start of the present state, ``answered_at`` the last answer. ``turned``
    hears of each new state and cause.
    """

    clock: Clock
    turned: Callable[[LineState, str], None] = lambda _state, _cause: None
    state: LineState = LineState.UNKNOWN
    cause: str = ""
    since: datetime | None = None
    answered_at: datetime | None = None
    failures: int = 0
    wait: float = 0.0

    @property
    def is_shut(self) -> bool:
        """Whether the last try of all failed for a reason that another message would meet too."""
        return self.state in (LineState.AWAY, LineState.REFUSED)

    def note(self, outcome: Outcome) -> None:
        """Take an outcome into account."""
        match outcome:
            case Acknowledged(code="AR"):
                self._shut(LineState.AWAY, NOT_NOW, 0.0)
            case Away(cause=cause, wait=wait):
                self._shut(LineState.AWAY, cause, wait)
            case Refused(everything=True):
                self._shut(LineState.REFUSED, REFUSED, 0.0)
            case _:
                self._turn(LineState.THERE, "")
                self.answered_at, self.failures, self.wait = self.clock.now(), 0, 0.0

    def _shut(self, state: LineState, cause: str, wait: float) -> None:
        self._turn(state, cause)
        self.failures += 1
        self.wait = wait

    def _turn(self, state: LineState, cause: str) -> None:
        if (state, cause) != (self.state, self.cause):
            self.turned(state, cause)
        if state is not self.state:
            self.state, self.since = state, self.clock.now()
        self.cause = cause

    def pause(self, share: float) -> float:
        """Seconds until the next try: 1, 2, 4… at most 60, or as long as the cloud asked for.
        ``share`` (0 to 1, at random) takes up to half of it away, lest all sites ask at once.
        """
        grown = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(10, max(0, self.failures - 1)))
        return float(max(self.wait, grown * (1 - share / 2)))
