"""Large things that several threads read at once: a budget of bytes for all of them."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Condition
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class ByteBudget:
    """``most`` bytes are held at once; one thing that is larger is held alone."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._freed = Condition()

    @contextmanager
    def of(self, size: int) -> Iterator[None]:
        """Hold ``size`` bytes while the block lasts, as soon as there is room for them."""
        with self._freed:
            self._freed.wait_for(lambda: not self._held or self._held + size <= self._most)
            self._held += size
        try:
            yield
        finally:
            with self._freed:
                self._held -= size
                self._freed.notify_all()
