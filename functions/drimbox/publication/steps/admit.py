"""First step: take the study for this message, or record the obstacle."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, assert_never

from functions.drimbox.errors import Held, StudyBusy
from functions.drimbox.publication import patience
from functions.drimbox.publication.change import CONTINUE, DONE, Change
from functions.drimbox.publication.imported import require_own
from functions.drimbox.publication.message_entry import Outcome
from functions.drimbox.publication.messages import (
    ImageChange,
    OrderChangeMessage,
    RejectionNoteMessage,
    RepairMessage,
    ReportMessage,
    WithdrawalMessage,
)
from functions.drimbox.publication.news import ring
from functions.drimbox.publication.record import (
    Admission,
    Pending,
    StudyRecord,
    admit,
    admit_image_change,
    admit_withdrawal,
    pending_of,
)
from functions.drimbox.publication.sharing_rules import require_consistent
from functions.drimbox.publication.steps.outcome import set_outcome
from functions.drimbox.publication.steps.place import Place
from functions.drimbox.publication.steps.submission import Submission

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.drimbox.publication.ports import Site


def admit_report(site: Site, change: Change) -> dict[str, Any]:
    """Take the study for the message, whatever kind of message it is."""
    submission = Submission.begin(site, change)
    message = submission.message
    match message:
        case ReportMessage():
            return _admit_report(submission, message)
        case OrderChangeMessage() | RepairMessage() | RejectionNoteMessage():
            return _admit_images(submission, message)
        case WithdrawalMessage():
            return _admit_withdrawal(submission)
        case _:
            assert_never(message)


def _admit_report(submission: Submission, message: ReportMessage) -> dict[str, Any]:
    site, change, record = submission.site, submission.change, submission.record
    place = Place.of(site, change, message)
    place.take()
    if not place.is_named and not place.follows(record):
        place.leave(record)
        return change.state(outcome=DONE)
    # Before the record: a study of another site has none here.
    require_own(site.imported, change.study_instance_uid)
    if (place.is_chosen or not place.is_named) and not place.is_free(record):
        if place.is_chosen:
            raise Held("chosen_study_taken")
        return _end(site, change, Admission.UNCHANGED)  # nothing of this report is there
    if place.is_outdated(record):
        return _give_way(place)
    request, at = submission.request, site.clock.now()
    admission, wished = _in_turn(site, change, lambda: admit(record, request, at))
    if admission is not Admission.CONTINUE:
        return _end(site, change, admission)
    if wished is not record:
        wished = site.records.put(wished)
    # Once more: a later version that came meanwhile has not seen this change.
    if place.is_outdated(wished):
        return _give_way(place)
    _supersede(site, change, pending_of(wished, change))
    place.tell_left_out(wished)
    require_consistent(site.tenant, message.report)
    return _go_on(site, change)


def _give_way(place: Place) -> dict[str, Any]:
    place.give_way()
    return place.change.state(outcome=DONE)


def _admit_images(submission: Submission, message: ImageChange) -> dict[str, Any]:
    site, change, record = submission.site, submission.change, submission.record
    if pending_of(record, change) is None and _is_told(site, change):
        # A late execution of a look that found nothing: the record keeps no trace of that. The
        # earlier try may also have died after it recorded the end, and before it rang for it.
        ring(site, change.message_id)
        return change.state(outcome=DONE)
    at = site.clock.now()
    admission, wished = _in_turn(
        site,
        change,
        lambda: admit_image_change(record, change.message_id, change.replay, at),
    )
    if admission is not Admission.CONTINUE:
        return _end(site, change, admission)
    patient = submission.report.document.patient.ins
    if message.patient is not None and message.patient != patient:
        raise Held("patient_mismatch", "the order is of another patient than the report")
    if wished is not record:
        site.records.put(wished)
    return _go_on(site, change)


def _is_told(site: Site, change: Change) -> bool:
    """Whether the study's outcome is final: a replay never follows it."""
    entry = site.messages.get(change.message_id)
    known = entry.studies.get(change.study_instance_uid) if entry is not None else None
    return known is not None and known.outcome not in {Outcome.IN_PROGRESS, Outcome.HELD}


def _admit_withdrawal(submission: Submission) -> dict[str, Any]:
    site, change, record = submission.site, submission.change, submission.record
    at = site.clock.now()
    admission, wished = _in_turn(
        site, change, lambda: admit_withdrawal(record, change.message_id, change.replay, at)
    )
    if admission is not Admission.CONTINUE:
        return _end(site, change, admission)
    if wished is not record:
        site.records.put(wished)
    _supersede(site, change, pending_of(wished, change))
    return _go_on(site, change)


def _go_on(site: Site, change: Change) -> dict[str, Any]:
    if change.replay:  # the first try is in progress since the message's entry was opened
        set_outcome(site, change, Outcome.IN_PROGRESS)
    return change.state(outcome=CONTINUE)


def _in_turn(
    site: Site, change: Change, decide: Callable[[], tuple[Admission, StudyRecord]]
) -> tuple[Admission, StudyRecord]:
    """The decision; Held once the message has waited for another for too long."""
    try:
        return decide()
    except StudyBusy as error:
        entry = site.messages.get(change.message_id)
        if entry is not None:
            patience.go_on_waiting(patience.TURN, site, entry.received_at, error)
        raise


def _end(site: Site, change: Change, admission: Admission) -> dict[str, Any]:
    """A message that does not take the study."""
    if admission in _ENDED:
        set_outcome(site, change, _ENDED[admission])
    elif admission is not Admission.HELD:
        raise Held(admission.value)
    return change.state(outcome=DONE)


# The outcome of a message that changes nothing.
_ENDED: Final = {
    Admission.UNCHANGED: Outcome.UNCHANGED,
    Admission.SUPERSEDED: Outcome.SUPERSEDED,
}


def _supersede(site: Site, change: Change, pending: Pending | None) -> None:
    """A held message that this one took over from does not wait for a human any more."""
    if pending is not None and pending.supersedes:
        set_outcome(site, replace(change, message_id=pending.supersedes), Outcome.SUPERSEDED)
