"""Times as a person reads them: the site's own clock, and how long ago."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from functions.drimbox.pages.kit import texts
from functions.drimbox.pages.kit.html import Html, join, tag

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    from functions.drimbox.wording.text import Language

_DATE: Final = re.compile(r"[0-9]{8}")
_FORMS: Final[dict[Language, str]] = {"fr": "%d/%m/%Y %H:%M", "en": "%Y-%m-%d %H:%M"}
# From the longest: seconds of the unit, its name by language.
_UNITS: Final[tuple[tuple[int, dict[Language, str]], ...]] = (
    (86400, {"fr": "j", "en": "d"}),
    (3600, {"fr": "h", "en": "h"}),
    (60, {"fr": "min", "en": "min"}),
    (1, {"fr": "s", "en": "s"}),
)


def duration(time: timedelta, language: Language) -> str:
    """Its two largest units: ``2 j 3 h``, ``4 min 10 s``; never negative."""
    left = max(0, round(time.total_seconds()))
    parts: list[str] = []
    for position, (seconds, names) in enumerate(_UNITS):
        count, left = divmod(left, seconds)
        if count or (not parts and position == len(_UNITS) - 1):
            parts.append(f"{count}\xa0{names[language]}")
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts)


def time_words(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """The time at the site, as a text."""
    return at.astimezone(zone).strftime(_FORMS[language])


def moment(at: datetime, zone: ZoneInfo, language: Language) -> Html:
    """The time at the site, exact for programs."""
    words = time_words(at, zone, language)
    return tag("time", words, datetime=at.isoformat())


def clock(at: datetime, zone: ZoneInfo) -> Html:
    """The time of day at the site, exact for programs."""
    return tag("time", at.astimezone(zone).strftime("%H:%M"), datetime=at.isoformat())


def day(text: str, language: Language) -> str:
    """A date of HL7 or DICOM (YYYYMMDD) as it is written; any other text as it is."""
    if not _DATE.fullmatch(text):
        return text
    year, month, number = text[:4], text[4:6], text[6:8]
    return f"{number}/{month}/{year}" if language == "fr" else f"{year}-{month}-{number}"


def ago(at: datetime, now: datetime, language: Language) -> str:
    """How long ago, in words."""
    return texts.AGO.in_language(language).format(age=duration(now - at, language))


def since(at: datetime, now: datetime, zone: ZoneInfo, language: Language) -> Html:
    """How long ago, then the time at the site; on two lines where there is little room."""
    return join(
        ago(at, now, language),
        " ",
        tag("small", moment(at, zone, language), class_="moment"),
    )
