"""Second step: the study's index as the PACS gives it now, checked against the report."""

from __future__ import annotations

from typing import Any

from functions.drimbox.errors import Held, PacsUnavailable, StudyNotFoundYet
from functions.drimbox.ports import Pacs
from functions.drimbox.publication import archive, patience
from functions.drimbox.publication.asking_pacs import asking_pacs
from functions.drimbox.publication.known_traits import KnownTraits, require_known_traits
from functions.drimbox.publication.match_images import match_order
from functions.drimbox.publication.messages import ImageChange
from functions.drimbox.publication.notes import rejected_in
from functions.drimbox.publication.ports import CONTINUE, DONE, Change, Outcome, Site
from functions.drimbox.publication.record import (
    Pending,
    State,
    StudyRecord,
    missing,
    nothing_left,
    release,
)
from functions.drimbox.publication.steps.outcome import set_outcome
from functions.drimbox.publication.steps.submission import Submission
from functions.drimbox.report.model import Action
from functions.drimbox.study import codec
from functions.drimbox.study.index import StudyIndex


def index_study(site: Site, change: Change, pacs: Pacs, known: KnownTraits) -> dict[str, Any]:
    """Archive the study's index once it agrees with the report, and the report's patient agrees
    with the traits that the tenant knows of the INS.

    Waits (by StudyNotFoundYet and PacsUnavailable) within the tenant's delays, then holds.
    """
    submission = Submission.begin(site, change)
    record, pending = submission.record, submission.pending
    if pending is None:
        return change.state(outcome=_without_change(submission))
    if pending.state is not State.RECEIVED:
        return change.state(outcome=CONTINUE)  # the intent stands: the index is frozen with it
    if pending.edition.action is Action.WITHDRAW:
        return change.state(outcome=CONTINUE)  # independent of the PACS
    try:
        study = _find(site, record, pending, pacs)
    except (Held, StudyNotFoundYet) as absence:
        if not _is_gone(submission, absence):
            raise
        site.records.put(nothing_left(site.records.get(change.study_instance_uid)))
        return change.state(outcome=CONTINUE)
    is_of_images = isinstance(submission.message, ImageChange)
    if is_of_images and _is_published(site, record, study):
        # The record first: a message whose outcome is final is never replayed, and a change that it
        # left in the record would hold up every later message.
        site.records.put(release(record))
        set_outcome(site, change, Outcome.UNCHANGED)
        return change.state(outcome=DONE)
    document = submission.report.document
    match_order(document, study)
    if not is_of_images:  # a change of images speaks in the name of a report that has passed
        require_known_traits(site, change, record, document.patient, known)
    submission.files.keep(archive.STUDY, codec.encode(study), "application/json")
    return change.state(outcome=CONTINUE)


def _without_change(submission: Submission) -> str:
    """The way on where the record has no change of this message any more. A look that found no
    difference is over; its outcome is told here if the earlier try did not come to it.
    """
    if not _is_looked_at(submission):
        return CONTINUE
    site, change = submission.site, submission.change
    entry = site.messages.get(change.message_id)
    known = entry.studies.get(change.study_instance_uid) if entry is not None else None
    if known is not None and known.outcome is Outcome.IN_PROGRESS:
        set_outcome(site, change, Outcome.UNCHANGED)
    return DONE


def _is_looked_at(submission: Submission) -> bool:
    """Whether this is a change of images that found no difference."""
    if submission.record.is_of(submission.change.message_id):
        return False
    return isinstance(submission.message, ImageChange)


def _is_gone(submission: Submission, absence: Held | StudyNotFoundYet) -> bool:
    """Whether an absence ends the manifest of a published study: at once where the RIS cancelled
    the exam or the PACS rejected all that was published, after the tenant's wait otherwise, never
    for a report."""
    if submission.record.current is None:
        return False  # nothing is published: it is a report that waits
    message = submission.message
    if not isinstance(message, ImageChange):
        return False
    if isinstance(absence, Held):
        return absence.code == patience.STUDY.reason
    return message.cancelled or _is_all_rejected(submission.site, submission.record)


def _is_published(site: Site, record: StudyRecord, study: StudyIndex) -> bool:
    """Whether the manifest in force was built from just this."""
    current = record.current
    return current is not None and study == archive.study_of(site.archive, current.intent_id)


def _is_all_rejected(site: Site, record: StudyRecord) -> bool:
    """Whether the PACS's notes leave nothing of the manifest in force."""
    if record.current is None or not record.rejections:
        return False
    rejected = rejected_in(record, site.archive)
    return archive.study_of(site.archive, record.current.intent_id).without(rejected) is None


def _find(site: Site, record: StudyRecord, pending: Pending, pacs: Pacs) -> StudyIndex:
    """The study, or the wait for it: for the PACS's answer, and then for the study itself.

    Images that the PACS's notes reject are left out, whether the PACS still lists them or not.
    """
    try:
        with asking_pacs(site.breaker):
            study = pacs.find_study(record.study_instance_uid)
    except PacsUnavailable:
        patience.go_on_waiting(patience.PACS, site, pending.since)
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
    patience.go_on_waiting(patience.STUDY, site, pending.missing_since or at)
    raise StudyNotFoundYet
