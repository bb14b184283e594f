"""The page of an import: the preview of each exam, the start of those that may go, their state."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from functions.aws import pages, reading_pages, replies, requests
from functions.aws.asked_exams import Asked, asked
from functions.aws.opening_exams import dmp_of, open_one
from functions.drimbox.audited import audited
from functions.drimbox.consultation.outcomes import Asked as Service
from functions.drimbox.errors import Absent
from functions.drimbox.importing import progress
from functions.drimbox.importing.decision import Judged, judge
from functions.drimbox.importing.obstacle import Obstacle
from functions.drimbox.importing.progress import RUNNING, Progress, Stage
from functions.drimbox.oid import Uid
from functions.drimbox.pages.reading.import_page import ImportExam, Place, import_page
from functions.drimbox.publication.imported import is_own
from functions.drimbox.reading import opening, source_manifest
from functions.drimbox.tenants.model import ImageQuality
from functions.drimbox.tenants.pacs_viewer import viewer_link
from functions.import_exam.settings import Settings

if TYPE_CHECKING:
    from functions.aws import entry
    from functions.drimbox.reading.readings import Opened
    from functions.drimbox.reading.shelf import Reading

# An execution writes its state after each part, and while it waits.
PATIENCE: Final = timedelta(minutes=5)
# The images that are stored, whatever the tenant's pages show: they stand beside the others, and
# their site is asked for them again.
_QUALITY: Final = ImageQuality.LOSSLESS
_START: Final = "start"
_FETCH: Final = "fetch"


def import_exams(event: entry.Event) -> replies.Reply:
    """The page of the exams that the form names; ``verb`` ``start`` imports those that may be, 202
    then, and ``fetch`` asks for their images again.

    Absent where the tenant does not import. One audit record of each start names the reader, the
    patient, the exam and its establishment.
    """
    settings = Settings.current()
    request = asked(event, settings, settings.vi_url)
    if not request.reader.stores.tenant.imports:
        raise Absent("import")
    verb = request.fields.get("verb", "")
    exams = [_exam(event, request, number, verb) for number in request.exams]
    stores = request.reader.stores
    layout = reading_pages.layout(event, request.reader, request.situation, here=f"/{request.page}")
    today = stores.clock.now().astimezone(stores.tenant.time_zone).date()
    place = Place(request.page, request.edition, stores.tenant.name, stores.tenant.time_zone, today)
    body = import_page(layout, request.context, exams, place)
    return pages.show(event, body, status=202 if verb == _START else 200)


def _exam(event: entry.Event, request: Asked[Settings], number: int, verb: str) -> ImportExam:
    """The exam as it stands now, after the verb."""
    stores, entry_of = request.reader.stores, request.exams[number]
    study = Uid(entry_of.study_instance_uid)
    facts = request.facts[number]
    if entry_of.given_at:
        # Nothing of it is asked for: no import comes of it.
        return ImportExam(number, facts, entry_of.establishment[0], Judged(Obstacle.FILE))
    own = bool(facts["own"]) or is_own(stores.records, study)
    failure = "" if own else _opened(event, request, number, again=verb == _FETCH)
    before = _before(request, number)
    if failure or before is None:
        judged = Judged(Obstacle.OWN if own else None)
        return ImportExam(number, facts, entry_of.establishment[0], judged, failure=failure)
    reading = opening.reading_of(stores.shelf, request.page, before, entry_of, request.context)
    judged = judge(stores.tenant, stores.shelf, reading, own=own)
    now = progress.read(stores.shelf.store, reading.keys.imported)
    if verb == _START and judged.obstacle is None and not _is_running(request, now):
        now, gone = _start(event, request, number, reading, now)
        judged = Judged(gone, patient=judged.patient) if gone else judged
    known = stores.imported.get(study)
    interrupted = now is not None and now.is_interrupted(stores.clock.now(), PATIENCE)
    return ImportExam(
        number,
        facts,
        entry_of.establishment[0],
        judged,
        now,
        None if known is None else known.at,
        interrupted=interrupted,
        in_pacs=viewer_link(stores.tenant.viewer_url, study),
    )


def _opened(event: entry.Event, request: Asked[Settings], number: int, *, again: bool) -> str:
    """Open the exam where this page has not, or where its images are asked for again."""
    before = _before(request, number)
    if before is not None and not again and not before.own:
        return ""
    key = f"{requests.request_id(event)}/{number}"
    return open_one(request, number, key, _QUALITY, own=lambda: False)


def _before(request: Asked[Settings], number: int) -> Opened | None:
    shelf, entry_of = request.reader.stores.shelf, request.exams[number]
    return opening.opened_before(shelf, request.page, request.session, entry_of, _QUALITY)


def _is_running(request: Asked[Settings], now: Progress | None) -> bool:
    at = request.reader.stores.clock.now()
    return now is not None and now.stage in RUNNING and not now.is_interrupted(at, PATIENCE)


def _start(
    event: entry.Event,
    request: Asked[Settings],
    number: int,
    reading: Reading,
    before: Progress | None,
) -> tuple[Progress | None, Obstacle | None]:
    """Start the import, or go on with it; the obstacle where the DMP does not hold the exam now.
    Nothing starts whose record is not there.
    """
    stores, entry_of = request.reader.stores, request.exams[number]
    facts = {
        "ins": request.context.ins.value,
        "study_instance_uid": entry_of.study_instance_uid,
        "manifest_uid": entry_of.unique_id,
        "establishment": entry_of.establishment[0],
    }
    key, who = f"{requests.request_id(event)}/{number}", request.reader.facts.subject_name_id
    with audited(stores.audit, "import.started", key=key, who=who, facts=facts) as record:
        if not _is_in_force(request, number, record.facts):
            record.facts["obstacle"] = str(Obstacle.WITHDRAWN)
            return before, Obstacle.WITHDRAWN
    run, at = (before.run if before else 0) + 1, stores.clock.now()
    kept = before.stored if before else {}
    started = Progress(run, Stage.WAITING, at, before=before.before if before else 0, stored=kept)
    progress.write(stores.shelf.store, reading.keys.imported, started)
    stores.imports.start(reading.page, reading.exam, run)
    return started, None


def _is_in_force(request: Asked[Settings], number: int, facts: dict[str, str]) -> bool:
    """Whether the DMP still gives this professional this very manifest."""
    stores, entry_of = request.reader.stores, request.exams[number]
    noting = partial(stores.outcomes.noting, Service.DMP)
    dmp = dmp_of(request, facts)
    return source_manifest.is_in_force(dmp, entry_of, request.context, noting=noting)
