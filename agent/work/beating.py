"""The agent's beat: every four minutes it tells its health, and is lent the rights for its work;
sooner when the PACS has gone or come back, since an operator's page tells the last word.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from agent.work.ports import CloudAway

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

    from agent.work.ports import Health, Loan
    from functions.drimbox.ports import Clock

# Seconds. The cloud takes an agent for away after ten minutes.
BEAT: Final = 240.0
_FIRST_PAUSE: Final = 2.0
# Between two beats at least, however often the PACS comes and goes; and between two looks at it.
_LEAST: Final = 10.0
_LOOK: Final = 1.0
# The cloud's signatures and certificates are judged by the clock: beyond this it is said.
MOST_SKEW: Final = timedelta(minutes=2)


class Board(Protocol):
    """Hears of each beat."""

    def answered(self, skew: timedelta) -> None:
        """It was answered; ``skew`` is our clock minus the cloud's."""
        ...

    def lost(self, code: str) -> None:
        """It was not, or was refused, as that code says."""
        ...


class Beating:
    """Beats until ``stopping`` is set; ``served`` is set while the cloud answers. ``say`` logs, and
    ``board`` tells the status page."""

    def __init__(
        self,
        loan: Loan,
        health: Callable[[], Health],
        clock: Clock,
        *,
        stopping: Event,
        served: Event,
        say: Callable[..., object],
        board: Board,
    ) -> None:
        self._loan = loan
        self._health = health
        self._clock = clock
        self._stopping = stopping
        self._served = served
        self._say = say
        self._board = board
        self._told: bool | None = None
        self.skew = timedelta(0)

    def run(self) -> None:
        """Beat for as long as the agent lives."""
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            if self.beat():
                pause = _FIRST_PAUSE
                self._rest()
            else:
                self._stopping.wait(pause)
                pause = min(2 * pause, BEAT)

    def _rest(self) -> None:
        """Until the next beat is due."""
        rested = 0.0
        while rested < BEAT and not self._stopping.wait(_LOOK):
            rested += _LOOK
            if rested >= _LEAST and self._health().pacs is not self._told:
                return

    def beat(self) -> bool:
        """One beat; whether the cloud serves this agent."""
        try:
            health = self._health()
            self._told = health.pacs
            time = self._loan.beat(health)
        except CloudAway as error:
            # The rights last for an hour: a beat that is lost does not stop the work.
            if error.code != CloudAway.code:
                self._served.clear()
            self._board.lost(error.code)
            self._say("beat not answered", code=error.code, detail=error.detail)
            return False
        except Exception as error:  # noqa: BLE001 - the next beat may be better
            self._board.lost(CloudAway.code)
            self._say("beat failed", error=type(error).__name__)
            return False
        self.skew = self._clock.now() - time
        self._board.answered(self.skew)
        if abs(self.skew) > MOST_SKEW:
            self._say("clock is wrong", seconds=round(self.skew.total_seconds()))
        self._served.set()
        return True
