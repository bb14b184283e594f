"""The time of one request of a person, from its beginning: everything that it waits for shares it.

A function that is stopped at its own limit shows no page and leaves no audit record (EX_AIR-090).
So each question to a service within the request has the time that is left, and none is asked where
too little is left for an answer.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

# Seconds. A function of a request has 28: the last question may await one more piece of its answer
# (six seconds at most), and the page and the record take the rest.
REQUEST: Final = 18.0
# Seconds. With less nobody is asked any more: the question would only look like an outage.
LEAST: Final = 3.0


class Budget:
    """``seconds`` from now on, by the clock ``monotonic``."""

    def __init__(
        self, seconds: float = REQUEST, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self._end = monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds, 0 once it is over."""
        return max(0.0, self._end - self._monotonic())

    @property
    def is_spent(self) -> bool:
        """Whether nothing more is to be asked."""
        return self.left < LEAST
