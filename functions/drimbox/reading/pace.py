"""The body of an answer, bounded: so many bytes in all, and not slower than a floor.

A site may send one byte a second for ever: no time limit of a socket sees it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from functions.drimbox.reading.ended import Ended, SiteFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# Seconds without a byte, or of a rate below the floor, after which an answer counts as cut.
SILENCE: Final = 20.0
# Bytes a second: below it an image of 512 kB takes two minutes.
FLOOR: Final = 4_096


def paced(
    chunks: Iterable[bytes], most: int, monotonic: Callable[[], float] = time.monotonic
) -> Iterator[bytes]:
    """The chunks, as they come. SiteFailed: ``ODD`` beyond ``most`` bytes, ``AWAY`` below FLOOR.

    Only the time that is spent in waiting counts, not that of the reader of the chunks.
    """
    total, came, waited = 0, 0, 0.0
    source = iter(chunks)
    while True:
        began = monotonic()
        chunk = next(source, None)
        if chunk is None:
            return
        waited += monotonic() - began
        came += len(chunk)
        total += len(chunk)
        if total > most:
            raise SiteFailed(Ended.ODD, "the answer is larger than accepted")
        if waited >= SILENCE:
            if came < FLOOR * waited:
                raise SiteFailed(Ended.AWAY, "the answer is too slow")
            came, waited = 0, 0.0
        yield chunk
