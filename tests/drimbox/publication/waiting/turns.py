"""Several actors whose calls come in any order: a seeded chance says who goes on."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any, Final

from functions.drimbox.errors import StorageUnavailable
from tests.fakes.world import Calls

_PATIENCE: Final = 20


class Turns(Calls):
    """One actor at a time goes on, up to its next call."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance
        self._turns: dict[str, threading.Semaphore] = {}
        self._stopped = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []

    def add(self, work: Callable[[], object]) -> None:
        """One more actor; the queue delivers a tick that fails again."""
        name = f"actor {len(self._threads)}"
        self._turns[name] = threading.Semaphore(0)

        def play() -> None:
            self._turn()
            while True:
                try:
                    work()
                except StorageUnavailable:
                    continue
                break
            del self._turns[name]
            self._stopped.release()

        self._threads.append(threading.Thread(target=play, name=name, daemon=True))
        self._threads[-1].start()
        assert self._stopped.acquire(timeout=_PATIENCE)

    def call(self, name: str, effect: Callable[..., Any], *args: Any, **more: Any) -> Any:
        if threading.current_thread().name in self._turns:
            self._turn()
        return super().call(name, effect, *args, **more)

    def _turn(self) -> None:
        turn = self._turns[threading.current_thread().name]
        self._stopped.release()
        assert turn.acquire(timeout=_PATIENCE)

    def play(self, then: Callable[[], None]) -> None:
        """Until all have ended; ``then`` after each step."""
        while self._turns:
            self._turns[self._chance.choice(sorted(self._turns))].release()
            assert self._stopped.acquire(timeout=_PATIENCE)
            then()
