"""The pace of uploads: the part of the site's line that images may take, by the hour."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agent.config.model import Uploads

_BITS: Final = 8
_MEGA: Final = 1_000_000
# Bytes that leave at once.
_PIECE: Final = 64 * 1024


class Pace:
    """Shared by all uploads. ``at`` gives the site's time of day; ``sleep`` and ``monotonic`` are
    in seconds."""

    def __init__(
        self,
        uploads: Uploads,
        at: Callable[[], datetime.time],
        *,
        sleep: Callable[[float], object] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._uploads = uploads
        self._at = at
        self._sleep = sleep
        self._monotonic = monotonic
        self._lock = Lock()
        self._free_at = 0.0

    def pieces(self, path: Path) -> Iterator[bytes]:
        """The file piece by piece, within the pace."""
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                self.spend(len(piece))
                yield piece

    def spend(self, size: int) -> None:
        """Wait until ``size`` bytes may leave."""
        mbit = mbit_at(self._uploads, self._at())
        if mbit is None:
            return
        with self._lock:
            now = self._monotonic()
            begin = max(now, self._free_at)
            self._free_at = begin + size * _BITS / (mbit * _MEGA)
        if begin > now:
            self._sleep(begin - now)


def mbit_at(uploads: Uploads, at: datetime.time) -> float | None:
    """The Mbit/s at that time of day, None for no limit."""
    for one in uploads.hours:
        since, until = at >= one.since, at < one.until
        over_midnight = one.since >= one.until
        if (since or until) if over_midnight else (since and until):
            return one.mbit
    return uploads.mbit
