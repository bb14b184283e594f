"""The steps of one publication before anything is built: admit the message, find the images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from functions.drimbox.errors import Held, PacsUnavailable, StudyBusy, StudyNotFoundYet
from functions.drimbox.ports import Pacs
from functions.drimbox.publication import archive
from functions.drimbox.publication.asking_pacs import asking_pacs
from functions.drimbox.publication.consistency import require_consistent
from functions.drimbox.publication.known_traits import KnownTraits, require_known_traits
from functions.drimbox.publication.match import match_order
from functions.drimbox.publication.mends import Mend
from functions.drimbox.publication.notes import rejected_in
from functions.drimbox.publication.ports import (
    Change,
    MessageEntry,
    Outcome,
    Site,
    StudyOutcome,
)
from functions.drimbox.publication.record import (
    Admission,
    Current,
    Edition,
    Pending,
    Request,
    State,
    StudyRecord,
    admit,
    admit_image_change,
    admit_withdrawal,
    hold,
    missing,
    nothing_left,
    release,
    waited,
)
from functions.drimbox.publication.subject import (
    ImageChange,
    image_change,
    load_mend,
    load_message,
    report_of,
    with_mend,
)
from functions.drimbox.publication.withdrawal_order import is_withdrawal
from functions.drimbox.report.masking import confidentiality_codes
from functions.drimbox.report.model import Action, Report
from functions.drimbox.report.reading import read_report
from functions.drimbox.study import codec
from functions.drimbox.study.index import StudyIndex
from functions.drimbox.wording.held import HELD_REASONS

# What the state machine reads to know whether to go on.
CONTINUE: Final = "continue"
DONE: Final = "done"


def request_of(site: Site, change: Change, report: Report) -> Request:
    """What the message wishes for the study, as the record compares it."""
    return Request(
        message_id=change.message_id,
        replay=change.replay,
        edition=Edition.of(report, site.tenant.time_zone),
        cda_sha256=report.cda_sha256,
        confidentiality=tuple(code.code for code in confidentiality_codes(report.visibility)),
    )


def admit_report(site: Site, change: Change) -> dict[str, Any]:
    """First step: take the study for this message, or record why not."""
    raw = load_message(site, change.message_id)
    record = site.records.get(change.study_instance_uid)
    if is_withdrawal(change.message_id):
        return _admit_withdrawal(site, change, record)
    images = image_change(change.message_id, raw)
    if images is not None:
        return _admit_images(site, change, record, images)
    mend = load_mend(site, change.message_id, change.mend)
    report = with_mend(read_report(raw), mend)
    if mend is not None:
        _leave_former_choice(site, change, Mend.decode(mend))
    if all(exam.study_instance_uid != change.study_instance_uid for exam in report.document.exams):
        raise Held("study_left_out")
    request, at = request_of(site, change, report), site.clock.now()
    admission, wished = _in_turn(site, change, lambda: admit(record, request, at))
    if admission is not Admission.CONTINUE:
        return _end(site, change, admission)
    if wished is not record:
        site.records.put(wished)
    _supersede(site, change, pending_of(wished, change))
    require_consistent(site.tenant, report)
    set_outcome(site, change, Outcome.IN_PROGRESS)
    return change.state(outcome=CONTINUE)


def _admit_images(
    site: Site, change: Change, record: StudyRecord, images: ImageChange
) -> dict[str, Any]:
    at = site.clock.now()
    admission, wished = _in_turn(
        site,
        change,
        lambda: admit_image_change(record, change.message_id, change.replay, at),
    )
    if admission is not Admission.CONTINUE:
        return _end(site, change, admission)
    patient = report_of(site, change, record).document.patient.ins
    if images.patient is not None and images.patient != patient:
        raise Held("patient_mismatch", "the order is of another patient than the report")
    if wished is not record:
        site.records.put(wished)
    set_outcome(site, change, Outcome.IN_PROGRESS)
    return change.state(outcome=CONTINUE)


def _admit_withdrawal(site: Site, change: Change, record: StudyRecord) -> dict[str, Any]:
    at = site.clock.now()
    admission, wished = _in_turn(
        site, change, lambda: admit_withdrawal(record, change.message_id, change.replay, at)
    )
    if admission is not Admission.CONTINUE:
        return _end(site, change, admission)
    if wished is not record:
        site.records.put(wished)
    _supersede(site, change, pending_of(wished, change))
    set_outcome(site, change, Outcome.IN_PROGRESS)
    return change.state(outcome=CONTINUE)


def _leave_former_choice(site: Site, change: Change, mend: Mend) -> None:
    """The studies in whose place an operator has put this one wait for nobody any more."""
    for study in mend.left_by(change.study_instance_uid):
        former = replace(change, study_instance_uid=study)
        record = site.records.get(study)
        pending = pending_of(record, former)
        if pending is not None and (pending.state is not State.HELD or pending.in_doubt):
            continue  # what may be in the DMP is not let go of
        if pending is not None:
            site.records.put(release(record))
        set_outcome(site, former, Outcome.SUPERSEDED)


def _in_turn(
    site: Site, change: Change, decide: Callable[[], tuple[Admission, StudyRecord]]
) -> tuple[Admission, StudyRecord]:
    """What ``decide`` says; Held once the message has waited for another for too long."""
    try:
        return decide()
    except StudyBusy:
        entry = site.messages.get(change.message_id)
        waiting = site.clock.now() - entry.received_at if entry is not None else timedelta()
        if waiting > site.tenant.outage_patience:
            raise Held("change_pending") from None
        raise


def _end(site: Site, change: Change, admission: Admission) -> dict[str, Any]:
    """A message that does not take the study."""
    if admission in _ENDED:
        set_outcome(site, change, _ENDED[admission])
    elif admission is not Admission.HELD:
        raise Held(admission.value)
    return change.state(outcome=DONE)


# What a message that changes nothing comes to.
_ENDED: Final = {
    Admission.UNCHANGED: Outcome.UNCHANGED,
    Admission.SUPERSEDED: Outcome.SUPERSEDED,
}


def _supersede(site: Site, change: Change, pending: Pending | None) -> None:
    """A held message that this one took over from does not wait for a human any more."""
    if pending is not None and pending.supersedes:
        set_outcome(site, replace(change, message_id=pending.supersedes), Outcome.SUPERSEDED)


def index_study(site: Site, change: Change, pacs: Pacs, known: KnownTraits) -> dict[str, Any]:
    """Second step: the study's index as the PACS gives it now, checked against the report, and the
    report's patient against what the tenant knows of the INS.

    Waits (by StudyNotFoundYet and PacsUnavailable) within the tenant's delays, then holds.
    """
    record = site.records.get(change.study_instance_uid)
    pending = pending_of(record, change)
    images = image_change(change.message_id, load_message(site, change.message_id))
    if pending is None and images is not None and not record.is_of(change.message_id):
        return change.state(outcome=DONE)  # it was looked at, and nothing had changed
    if pending is None or pending.state is not State.RECEIVED:
        return change.state(outcome=CONTINUE)  # the intent stands: the index is frozen with it
    if pending.edition.action is Action.WITHDRAW:
        return change.state(outcome=CONTINUE)  # whatever the PACS holds
    try:
        study = _find(site, record, pending, pacs)
    except (Held, StudyNotFoundYet) as absence:
        if not _is_gone(site, record, absence, images):
            raise
        site.records.put(nothing_left(site.records.get(change.study_instance_uid)))
        return change.state(outcome=CONTINUE)
    if (
        images is not None
        and record.current is not None
        and study == _published(site, record.current)
    ):
        set_outcome(site, change, Outcome.UNCHANGED)
        site.records.put(release(record))
        return change.state(outcome=DONE)
    document = report_of(site, change, record).document
    match_order(document, study)
    if images is None:  # a change of images speaks in the name of a report that has passed
        require_known_traits(site, change, record, document.patient, known)
    site.archive.put_once(
        archive.key(change, pending.attempt, archive.STUDY), codec.encode(study), "application/json"
    )
    return change.state(outcome=CONTINUE)


def _is_gone(
    site: Site,
    record: StudyRecord,
    absence: Held | StudyNotFoundYet,
    images: ImageChange | None,
) -> bool:
    """Whether an absence ends the manifest of a published study: at once where the RIS cancelled
    the exam or the PACS rejected all that was published, after the tenant's wait otherwise, never
    for a report."""
    if images is None:
        return False
    if isinstance(absence, Held):
        return absence.code == "study_not_found"
    return images.cancelled or _is_all_rejected(site, record)


def _is_all_rejected(site: Site, record: StudyRecord) -> bool:
    """Whether the PACS's notes leave nothing of the manifest in force."""
    if record.current is None or not record.rejections:
        return False
    rejected = rejected_in(record, site.archive)
    return _published(site, record.current).without(rejected) is None


def _published(site: Site, current: Current) -> StudyIndex:
    """The study as the manifest in force was built from it."""
    name = archive.key_of(current.intent_id, archive.STUDY)
    return codec.decode(archive.require(site.archive, name))


def _find(site: Site, record: StudyRecord, pending: Pending, pacs: Pacs) -> StudyIndex:
    """The study, or the wait for it: for the PACS's answer, and then for the study itself.

    What the PACS's notes reject is left out, whether it still lists it or not.
    """
    try:
        with asking_pacs(site.breaker):
            study = pacs.find_study(record.study_instance_uid)
    except PacsUnavailable:
        if waited(pending, site.clock.now()) > site.tenant.outage_patience:
            raise Held("pacs_unreachable") from None
        raise
    if study is not None:
        study = study.without(rejected_in(record, site.archive))
    if study is not None:
        return study
    at = site.clock.now()
    noted = missing(record, at)
    if noted is not record:
        site.records.put(noted)
    # The tenant's wait counts from the first answer without the study: an outage is no absence.
    if at - (pending.missing_since or at) >= site.tenant.study_wait:
        raise Held("study_not_found")
    raise StudyNotFoundYet


def hold_publication(site: Site, change: Change, error: str, reason: str) -> str:
    """Last resort of every step: record why this study stops; the reason that was recorded.

    ``error`` is the error's class name and ``reason`` its message, as the state machine caught
    them.
    """
    code = reason if error == "Held" and reason in HELD_REASONS else _AFTER.get(error, "")
    code = code or "internal_error"
    at = site.clock.now()
    record = site.records.get(change.study_instance_uid)
    pending = pending_of(record, change)
    if pending is not None and pending.state is State.HELD:
        code = pending.reason
    if pending is None and _is_superseded(site, change):
        return code  # taken over since it was held: that is the last word
    # The outcome first: once the record says held, another message may take over from this one,
    # and what it writes about it must be the last word.
    _record_outcome(site, change, Outcome.HELD, code)
    if pending is not None and pending.state is not State.HELD:
        site.records.put(hold(record, code, at))
    site.audit.record(
        "publication.held",
        key=f"{change.message_id}/{change.study_instance_uid}/{change.replay}",
        result=code,
        who="drimbox",
        facts={
            "message_id": change.message_id,
            "study_instance_uid": str(change.study_instance_uid),
        },
    )
    site.causes.follow(change.message_id, change.study_instance_uid, code)
    return code


def _is_superseded(site: Site, change: Change) -> bool:
    entry = site.messages.get(change.message_id)
    known = entry.studies.get(change.study_instance_uid) if entry is not None else None
    return known is not None and known.outcome is Outcome.SUPERSEDED


# What a wait that ran out of attempts means for the operator.
_AFTER: Final = {
    "StudyNotFoundYet": "study_not_found",
    "StudyBusy": "change_pending",
    "PacsUnavailable": "pacs_unreachable",
    "DmpUnavailable": "dmp_unreachable",
    "DmpOutcomeUnknown": "dmp_unreachable",
}


def pending_of(record: StudyRecord, change: Change) -> Pending | None:
    """The pending change if it is this message's, None otherwise."""
    pending = record.pending
    return pending if pending is not None and pending.message_id == change.message_id else None


def set_outcome(site: Site, change: Change, outcome: Outcome) -> None:
    """Record where this study of this message stands, other than held.

    What was held and has come to its end leaves its cause; a try that is in progress ends none.
    """
    entry = _record_outcome(site, change, outcome)
    study = change.study_instance_uid
    if outcome is not Outcome.IN_PROGRESS and entry.was_held(study):
        site.causes.follow(change.message_id, study, "")


def _record_outcome(site: Site, change: Change, outcome: Outcome, reason: str = "") -> MessageEntry:
    return site.messages.set_outcome(
        change.message_id,
        change.study_instance_uid,
        StudyOutcome(outcome, reason, site.clock.now()),
    )
