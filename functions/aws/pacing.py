"""A limit of calls per second, for all threads of this process together."""

from __future__ import annotations

import threading
import time


class Pace:
    """A call returns when its turn has come: turns are ``1 / per_second`` apart."""

    def __init__(self, per_second: int) -> None:
        self._gap = 1 / per_second
        self._lock = threading.Lock()
        self._next = 0.0

    def __call__(self) -> None:
        with self._lock:
            now = time.monotonic()
            turn = max(self._next, now)
            self._next = turn + self._gap
        time.sleep(turn - now)
