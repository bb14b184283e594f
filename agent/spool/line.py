"""The state of the way to the cloud, as its answers tell it, and the pauses between tries.

A failure may be one message's own: a large one whose store is shut off, a body that a firewall does
not like. The line is shut when nobody answers at all, or when two different messages have failed
one after the other without one that passed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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
# No message matters to these: the connection itself does not come about.
NOBODY: Final = frozenset({"untrusted", "name", "proxy", "tls", "unreachable"})
_ENOUGH: Final = 2


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
    _failing: set[str] = field(default_factory=set)

    @property
    def is_shut(self) -> bool:
        """Whether another message would meet the same."""
        return self.state in (LineState.AWAY, LineState.REFUSED)

    def note(self, outcome: Outcome, name: str) -> None:
        """Take the outcome of the message ``name`` into account."""
        failed = failure_of(outcome)
        if failed is None:
            self._failing.clear()
            self._turn(LineState.THERE, "")
            self.answered_at, self.failures, self.wait = self.clock.now(), 0, 0.0
            return
        self._failing.add(name)
        if failed.cause in NOBODY or len(self._failing) >= _ENOUGH:
            state = LineState.REFUSED if failed.cause == REFUSED else LineState.AWAY
            self._turn(state, failed.cause)
            self.failures += 1
            self.wait = failed.wait

    def _turn(self, state: LineState, cause: str) -> None:
        if (state, cause) != (self.state, self.cause):
            self.turned(state, cause)
        if state is not self.state:
            self.state, self.since = state, self.clock.now()
        self.cause = cause

    def pause(self, share: float) -> float:
        """Seconds until the next try, see :func:`pause_of`."""
        return pause_of(self.failures, share, self.wait)


def failure_of(outcome: Outcome) -> Away | None:
    """The failure that an outcome is; None where the cloud has answered this one message."""
    match outcome:
        case Acknowledged(code="AR"):
            return Away(NOT_NOW)
        case Away():
            return outcome
        case Refused(everything=True):
            return Away(REFUSED)
        case _:
            return None


def pause_of(failures: int, share: float, asked: float = 0.0) -> float:
    """Seconds until the next try after so many failures: 1, 2, 4… at most 60, or as long as the
    cloud ``asked`` for. ``share`` (0 to 1, at random) takes up to half of it away, lest all sites
    ask at once.
    """
    grown = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(10, max(0, failures - 1)))
    return float(max(asked, grown * (1 - share / 2)))
