"""Times of the DMP's entries (HL7 v2.5 2.A.22, DTM): as precise as they are, or none."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import Final

_DIGITS: Final = re.compile(r"[0-9]{4,14}(?![0-9])")
# The lengths of a year, a month, a day, and a minute.
_PRECISIONS: Final = (12, 8, 6, 4)


def moment(text: str) -> str:
    """The digits of a DTM: YYYY, YYYYMM, YYYYMMDD or YYYYMMDDHHMM; "" for no possible date.

    Seconds and the zone are left out: entries name their zone seldom, and nobody can tell then
    whether the time is the site's or UTC.
    """
    found = _DIGITS.match(text.strip())
    if not found:
        return ""
    digits = found[0]
    kept = digits[: next(size for size in _PRECISIONS if size <= len(digits))]
    if not _is_day(kept[:8]):
        return ""
    if len(kept) == 12 and not (int(kept[8:10]) < 24 and int(kept[10:]) < 60):
        return kept[:8]
    return kept


def first_day(moment: str) -> date:
    """The first day of a moment that is not ""."""
    return date(int(moment[:4]), int(moment[4:6] or 1), int(moment[6:8] or 1))


def last_day(moment: str) -> date:
    """The last day that a moment may mean: that of its month or year where it names no day."""
    if len(moment) >= 8:
        return first_day(moment)
    year, month = int(moment[:4]), int(moment[4:6] or 12)
    return date(year, month, monthrange(year, month)[1])


def may_lie_between(moment: str, first: date | None, last: date | None) -> bool:
    """Whether the moment may lie between the days, both included; one without a date may."""
    if not moment:
        return True
    if first and last_day(moment) < first:
        return False
    return not (last and first_day(moment) > last)


def _is_day(digits: str) -> bool:
    try:
        first_day(digits)
    except ValueError:
        return False
    return True
