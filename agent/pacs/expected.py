"""The retrievals under way, and the folder in which their objects grow."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from threading import Condition
from typing import TYPE_CHECKING, Final

from agent.pacs.arrivals import Arrivals
from functions.drimbox.errors import PacsUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from functions.drimbox.oid import Uid

# Seconds after which a file that does not grow belongs to no association: all time limits are over.
DEAD: Final = 600.0
# Seconds until another retrieval of the same objects may begin.
TURN: Final = 900.0


class Expected:
    """``temporary`` is the folder in which pynetdicom writes the objects that it receives
    (:func:`agent.pacs.library.prepare`). ``silence``, ``turn`` and ``dead`` are in seconds. Several
    threads use it."""

    def __init__(
        self, temporary: Path, *, silence: float, turn: float = TURN, dead: float = DEAD
    ) -> None:
        self._temporary = temporary
        self._silence = silence
        self._turn = turn
        self._dead = dead
        self._changed = Condition()
        self._active: list[Arrivals] = []

    @contextmanager
    def expecting(self, wanted: frozenset[Uid], folder: Path) -> Iterator[Arrivals]:
        """Take the ``wanted`` objects into ``folder`` for the time of the block.

        Of two retrievals of one object the second one waits: an arrival does not say whose it is.
        Raises PacsUnavailable when that takes too long.
        """
        arrivals = Arrivals(wanted, folder, self._temporary, silence=self._silence)
        with self._changed:
            free = self._changed.wait_for(
                lambda: all(one.wanted.isdisjoint(wanted) for one in self._active), self._turn
            )
            if not free:
                raise PacsUnavailable("another retrieval of the series does not end")
            self._active.append(arrivals)
        try:
            yield arrivals
        finally:
            arrivals.close()
            with self._changed:
                self._active.remove(arrivals)
                self._changed.notify_all()
            self.sweep(self._dead)

    def retrieval_of(self, name: str) -> Arrivals | None:
        """The retrieval that wants the object of that UID, None where none does."""
        with self._changed:
            return next((one for one in self._active if name in one.wanted), None)

    def sweep(self, age: float = 0.0) -> None:
        """Remove received files that have not grown for ``age`` seconds: an association that broke
        in the middle of an object leaves them."""
        limit = time.time() - age
        for path in self._temporary.iterdir():
            with suppress(OSError):
                if path.stat().st_mtime <= limit:
                    path.unlink()
