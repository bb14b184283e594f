"""The site's PACS: a sign of life, a search, an object."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from agent.check.finding import Finding
from functions.drimbox.errors import DrimboxError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.pacs.port import SitePacs
    from functions.drimbox.ports import Clock

# Days in which a site has made an exam.
_DAYS: Final = timedelta(days=14)


def try_archive(
    pacs: SitePacs, clock: Clock, spool: Path, *, dimse: bool, imports: bool = False
) -> Iterator[Finding]:
    """Try echo, find and fetch, one after the other: none means anything after a failed one. Of a
    site that ``imports`` exams, ask whether the archive takes objects; none is sent."""
    refused = "pacs_refuses_title" if dimse else "pacs_refuses_login"
    try:
        pacs.echo()
    except DrimboxError as error:
        yield Finding(refused if error.code == "pacs_refused" else "pacs_away", detail=error.detail)
        return
    yield Finding("pacs_answers")
    if imports:
        yield from _try_store(pacs)
    until = clock.now()
    try:
        place = pacs.recent(f"{until - _DAYS:%Y%m%d}", f"{until:%Y%m%d}")
    except DrimboxError as error:
        yield Finding("find_fails", detail=error.detail)
        return
    yield Finding("find_answers")
    if place is None:
        yield Finding("nothing_to_fetch")
        return
    try:
        with TemporaryDirectory(dir=spool) as folder:
            given = pacs.give(place, Path(folder))
    except DrimboxError as error:
        fails = "move_fails" if dimse else "fetch_fails"
        unknown = dimse and error.code == "pacs_refused"
        yield Finding("destination_unknown" if unknown else fails, detail=error.detail)
        return
    yield Finding("object_given" if given else "fetch_fails")


def _try_store(pacs: SitePacs) -> Iterator[Finding]:
    try:
        takes = pacs.takes_objects()
    except DrimboxError as error:
        yield Finding("store_refused", detail=error.detail)
        return
    if takes is not None:
        yield Finding("store_taken" if takes else "store_refused")
