"""Bodies that the agents of a site have put: one that no worker has accepted ends after a day.

The bucket's lifecycle obeys the tag of an accepted object, and an agent can set none: without a
sweep an object that nobody accepted would stay for as long as the longest-kept ones. Parts of an
upload that was never completed are ended by the lifecycle, after a day too.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.side_by_side import side_by_side
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

# An accepted body is tagged within minutes of its coming.
LASTS: Final = timedelta(days=1)
# How long an object of that age is looked at: a few sweeps may fail, and none asks for all objects.
_WINDOW: Final = timedelta(hours=2)
# Bytes that the agents of one site put within a day: ten thousand series of 100 MB. More is no
# hospital's work, and may be that of a stolen key.
MOST_A_DAY: Final = 10**12


@frozen
class Body:
    """An object under the site's place, ``size`` in bytes; ``at``: when it was put."""

    key: str
    size: int
    at: datetime


class Place(Protocol):
    """The objects that the agents of one tenant have put. Raises StorageUnavailable."""

    def all(self) -> Iterator[Body]:
        """Every one of them, whatever became of it."""
        ...

    def is_kept(self, key: str) -> bool:
        """Whether a worker has accepted it; True too for one that has gone."""
        ...

    def erase(self, keys: Sequence[str]) -> None:
        """Delete these objects."""
        ...


@frozen
class Swept:
    """``erased``: how many objects; ``fresh``: the bytes that were put within a day."""

    erased: int
    fresh: int

    @property
    def is_too_much(self) -> bool:
        """Whether somebody must look at the site's agents."""
        return self.fresh > MOST_A_DAY


def sweep(place: Place, now: datetime) -> Swept:
    """Erase the bodies that nobody has accepted within a day. StorageUnavailable."""
    fresh, old = 0, []
    for body in place.all():
        age = now - body.at
        if age < LASTS:
            fresh += body.size
        elif age < LASTS + _WINDOW:
            old.append(body.key)
    kept = side_by_side(place.is_kept, old)
    left = [key for key, is_kept in zip(old, kept, strict=True) if not is_kept]
    if left:
        place.erase(left)
    return Swept(len(left), fresh)
