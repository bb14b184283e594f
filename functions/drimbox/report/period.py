"""When an identifier is in force: its start and end (CX-7, CX-8), beside the message's day (MSH-7).

The message's own day is compared, not a clock's: a message is read again at each step and at each
replay, days later, and must be the same message each time. Days are compared as they are written,
whatever their zone; an identifier is in force on its last day.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import Final

# HL7 v2.5 2.A.21 (DT), 2.A.22 (DTM): a date may stop after its year or its month.
_STAMP: Final = re.compile(
    r"([0-9]{4})(?:([0-9]{2})(?:([0-9]{2})(?:(?:[0-9]{2}){1,3}(?:\.[0-9]{1,4})?)?)?)?"
    r"(?:[+-][0-9]{4})?"
)
# A sender's start is a day of its zone, its MSH-7 perhaps of another one.
_ZONES: Final = timedelta(days=1)


def days(stamp: str) -> tuple[date, date]:
    """The first and the last day that ``stamp`` (DT or DTM) may mean. ValueError otherwise."""
    found = _STAMP.fullmatch(stamp)
    if found is None:
        raise ValueError("not a date")
    year, month, day = found.groups()
    first = date(int(year), int(month or 1), int(day or 1))
    if day:
        return first, first
    last = int(month or 12)
    return first, date(first.year, last, monthrange(first.year, last)[1])


def day_of(stamp: str) -> date | None:
    """The one day of ``stamp``, None when it names none."""
    try:
        first, last = days(stamp)
    except ValueError:
        return None
    return first if first == last else None


def has_ended(end: str, today: date | None) -> bool:
    """Whether ``end`` is past for certain: an end that cannot be understood ends nothing."""
    try:
        return today is not None and days(end)[1] < today
    except ValueError:
        return False


def has_started(start: str, today: date | None) -> bool:
    """Whether ``start``, a date, is not later than ``today``; always without one of them.

    ValueError when it is no date.
    """
    if not start:
        return True
    first, _last = days(start)
    return today is None or first - today <= _ZONES
