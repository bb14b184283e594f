"""The document of the exams that a professional opens, and again while their images come."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from functions.aws import replies, requests
from functions.aws.asked_exams import MOST, Asked, asked
from functions.aws.opening_exams import open_one
from functions.drimbox.accept import takes_gzip
from functions.drimbox.pages.kit.stylesheet import HEADERS
from functions.drimbox.reading import opening
from functions.drimbox.reading.exam_document import Addresses, ShownExam, exam_document
from functions.drimbox.reading.own_exam import is_own, own_series
from functions.drimbox.side_by_side import side_by_side
from functions.open_exam.outside import gone, require_not_gone
from functions.open_exam.settings import Settings

if TYPE_CHECKING:
    from functions.aws import entry
    from functions.drimbox.ports import CacheStore

# Seconds for which an opening waits for the first image, those of the DMP among them; the pages ask
# again after it.
PATIENCE: Final = 5.0
# An opening loses half of it; a look itself takes longer.
PAUSE: Final = 0.01
_BYTES: Final = "application/octet-stream"


def open_exams(event: entry.Event) -> replies.Reply:
    """The document of the exams; those made elsewhere are fetched from now on.

    One audit record of each names the reader, the patient, the exam and its establishment.
    """
    settings = Settings.current()
    request, end = asked(event, settings, settings.vi_url), time.monotonic() + PATIENCE
    opened = side_by_side(partial(_open, event, request), list(request.exams), MOST)
    failures = dict(zip(request.exams, opened, strict=True))
    while True:
        exams = side_by_side(
            lambda number: _shown(request, number, failures[number]), list(request.exams)
        )
        first_is_there = any(
            one.state != "coming" or any(series.instances for series in one.series) for one in exams
        )
        if first_is_there or time.monotonic() >= end:
            return _reply(event, request, exams, first=True)
        time.sleep(PAUSE)


def progress(event: entry.Event) -> replies.Reply:
    """The document again, with all that has come since, and with fresh addresses.

    An exam that this page did not open is told as absent: each reading has its audit record. The
    DMP's words since an opening bind an exam of a file.
    """
    settings = Settings.current()
    request = asked(event, settings, settings.vi_url)
    exams = side_by_side(
        lambda number: _shown(request, number, gone(request, number)), list(request.exams)
    )
    return _reply(event, request, exams, first=False)


def _open(event: entry.Event, request: Asked[Settings], number: int) -> str:
    """Open one exam; the code of the error for which nothing of it can be had, "" for none."""
    stores, entry_of = request.reader.stores, request.exams[number]

    def own() -> bool:
        require_not_gone(request, entry_of)
        return bool(request.facts[number]["own"]) and is_own(entry_of, stores.image_desk)

    key = f"{requests.request_id(event)}/{number}"
    return open_one(request, number, key, stores.tenant.exam_quality, own=own)


def _shown(request: Asked[Settings], number: int, failure: str) -> ShownExam:
    """The exam as it stands now."""
    stores, entry_of, facts = request.reader.stores, request.exams[number], request.facts[number]
    if failure:
        return ShownExam(number, facts, (), failure)
    shelf = stores.shelf
    quality = stores.tenant.exam_quality
    opened_as = opening.opened_before(shelf, request.page, request.session, entry_of, quality)
    if opened_as is None:
        return ShownExam(number, facts, (), "absent")
    # Where it is read from, which its author does not tell alone.
    facts = {**facts, "own": opened_as.own}
    if opened_as.own:
        series = own_series(entry_of, stores.image_desk)
        return ShownExam(number, facts, series, "" if series else "absent")
    facts = {**facts, "import": _may_be_imported(request, number)}
    reading = opening.reading_of(shelf, request.page, opened_as, entry_of, request.context)
    manifest = shelf.manifest(reading)
    if manifest is None:
        return ShownExam(number, facts, (), "absent")
    facts = {**facts, "quality": str(opened_as.quality)}
    return ShownExam(number, facts, opening.shown_series(shelf, reading, manifest))


def _may_be_imported(request: Asked[Settings], number: int) -> bool:
    """Whether the viewer leads to the import of an exam that another site made, as the list does;
    its page judges everything else."""
    entry_of, site_imports = request.exams[number], request.reader.stores.tenant.imports
    own = bool(request.facts[number]["own"])
    return site_imports and not own and entry_of.is_approved and not entry_of.given_at


def _reply(
    event: entry.Event, request: Asked[Settings], exams: list[ShownExam], *, first: bool
) -> replies.Reply:
    documents = [
        exam_document(one, _addresses(request, own=bool(one.facts["own"])), first=first)
        for one in exams
    ]
    body = json.dumps({"exams": documents}, ensure_ascii=False, separators=(",", ":")).encode()
    gzip = takes_gzip(requests.headers(event, "Accept-Encoding"))
    # The bytes of a frame are compressed already, and most of such an answer.
    return replies.compressed(200, body, "application/json", HEADERS, gzip=gzip, dense=first)


def _addresses(request: Asked[Settings], *, own: bool) -> Addresses:
    stores = request.reader.stores
    settings = stores.settings
    store: CacheStore = stores.cache if own else stores.shelf.store
    seconds = settings.signed_url_seconds if own else settings.reading_url_seconds

    def sign(key: str) -> str:
        return store.signed_url(key, content_type=_BYTES, seconds=seconds)

    until = stores.clock.now() + timedelta(seconds=seconds)
    return Addresses(sign, store.get_range, until.isoformat())
