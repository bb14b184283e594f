"""A process that a signal tells to stop.

A handler may not set a :class:`threading.Event`: it runs in the thread that may hold the event's
lock just then, and would wait for itself for ever.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterable
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_SLICE_SECONDS: Final = 0.1


class Stopping:
    """Whether this process was told to stop; of its main thread."""

    def __init__(self) -> None:
        self._told = False

    @classmethod
    def by_signals(cls, signals: Iterable[int] = SIGNALS) -> Stopping:
        """One that each of ``signals`` tells, from now on."""
        made = cls()
        for number in signals:
            signal.signal(number, made._heard)
        return made

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        self._told = True

    def is_set(self) -> bool:
        """Whether it was told."""
        return self._told

    def wait(self, seconds: float) -> bool:
        """Until it is told, or ``seconds`` have passed; whether it was told."""
        end = time.monotonic() + seconds
        while not self._told and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _SLICE_SECONDS))
        return self._told
