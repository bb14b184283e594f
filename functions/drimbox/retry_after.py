"""Retry-After (RFC 9110 10.2.3): how long a service asks to be left alone, in seconds or as a date.

A value that is neither is ignored. A wait is never negative and at most LONGEST: a wrong clock or a
mistyped number of the service must not silence us for days.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST: Final = timedelta(hours=1)
_SECONDS: Final = re.compile(r"[0-9]{1,10}", re.ASCII)
# IMF-fixdate and the two obsolete forms that a recipient must read (RFC 9110 5.6.7).
_IMF_OR_850: Final = re.compile(
    r"[A-Z][a-z]{2,8}, [0-9]{2}[ -][A-Z][a-z]{2}[ -]([0-9]{2}|[0-9]{4}) "
    r"[0-9]{2}:[0-9]{2}:[0-9]{2} GMT",
    re.ASCII,
)
_ASCTIME: Final = re.compile(
    r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} [0-9]{4}", re.ASCII
)


def wait(values: Iterable[str], at: datetime) -> timedelta:
    """How long to wait from ``at`` (aware), zero where no value can be read.

    ``values``: each Retry-After of one answer; of several, the longest counts.
    """
    asked = [_wait(value.strip(), at) for value in values]
    return min(max([timedelta(), *asked]), LONGEST)


def whole_seconds(values: Iterable[str], at: datetime, *, least: int) -> int:
    """The same as a number for our own Retry-After, never below ``least``."""
    asked = wait(values, at)
    return max(least, -(-asked // timedelta(seconds=1)))


def _wait(value: str, at: datetime) -> timedelta:
    if _SECONDS.fullmatch(value):
        return timedelta(seconds=int(value))
    if not (_IMF_OR_850.fullmatch(value) or _ASCTIME.fullmatch(value)):
        return timedelta()
    try:
        # The obsolete form without a zone is in UTC.
        return parsedate_to_datetime(value).replace(tzinfo=UTC) - at
    except (ValueError, OverflowError):
        return timedelta()
