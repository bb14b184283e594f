"""The order of an hourly round that may have no time for all tenants.

Each round begins at another tenant. The starting points are the multiples of the golden ratio,
modulo 1: the first so many of them are spread evenly, whatever their number (three-distance
theorem), so that rounds which reach a tenth of the tenants reach all of them in 20 hours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

T = TypeVar("T")

_GOLDEN: Final = (5**0.5 - 1) / 2
_HOUR: Final = 3600


def in_turn(all_of: Sequence[T], at: datetime) -> list[T]:
    """Every one of them, once, from the one at which the round of that hour begins."""
    hour = int(at.timestamp()) // _HOUR
    first = int(hour * _GOLDEN % 1 * len(all_of))
    return [*all_of[first:], *all_of[:first]]
