"""The work for the cloud as the status page tells it: beats and jobs, no fact of a study."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from functions.drimbox.ports import Clock

# The codes of a cloud that does not serve this agent.
UNKNOWN: Final = "agent_unknown"
OUTDATED: Final = "agent_outdated"
# After so long without an answered beat the cloud takes the agent for away, and asks it nothing.
TAKEN_FOR_AWAY: Final = timedelta(minutes=10)


@frozen
class WorkState:
    """The work at one moment. ``state``: ``unknown`` before any beat, ``there``, ``away``, or
    ``refused``, whose code is ``refusal``; ``since`` is its start. ``skew``: our clock minus the
    cloud's. ``jobs`` counts those done since the start, by kind and outcome.
    """

    started_at: datetime
    state: str = "unknown"
    since: datetime | None = None
    refusal: str = ""
    answered_at: datetime | None = None
    skew: timedelta | None = None
    jobs: Mapping[tuple[str, str], int] | None = None
    last_job_at: datetime | None = None

    def is_silent(self, now: datetime) -> bool:
        """Whether the cloud takes this agent for away."""
        return now - (self.answered_at or self.started_at) > TAKEN_FOR_AWAY


class WorkBoard:
    """Hears of beats and jobs; several threads tell it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._started_at = clock.now()
        self._lock = Lock()
        self._beat: tuple[str, datetime | None, str] = ("unknown", None, "")
        self._answered_at: datetime | None = None
        self._skew: timedelta | None = None
        self._jobs: Counter[tuple[str, str]] = Counter()
        self._last_job_at: datetime | None = None

    def answered(self, skew: timedelta) -> None:
        """A beat was answered."""
        with self._lock:
            self._turn("there", "")
            self._answered_at, self._skew = self._clock.now(), skew

    def lost(self, code: str) -> None:
        """A beat was not answered, or refused, as that code says."""
        refusal = code if code in {UNKNOWN, OUTDATED} else ""
        with self._lock:
            self._turn("refused" if refusal else "away", refusal)

    def done(self, kind: str, outcome: str) -> None:
        """The cloud has taken the outcome of a job: ``answered``, or the reason of a failed one."""
        with self._lock:
            self._jobs[kind, outcome] += 1
            self._last_job_at = self._clock.now()

    def _turn(self, state: str, refusal: str) -> None:
        known, since, _ = self._beat
        self._beat = (state, since if known == state else self._clock.now(), refusal)

    def state(self) -> WorkState:
        """The state now."""
        with self._lock:
            state, since, refusal = self._beat
            return WorkState(
                started_at=self._started_at,
                state=state,
                since=since,
                refusal=refusal,
                answered_at=self._answered_at,
                skew=self._skew,
                jobs=dict(self._jobs),
                last_job_at=self._last_job_at,
            )
