"""Second step: the study's index as the PACS gives it now, checked against the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.errors import (
    Held,
    PacsAnswerUnusable,
    PacsUnavailable,
    StudyNotFoundYet,
)
from functions.drimbox.publication import archive, patience
from functions.drimbox.publication.asking_pacs import asking_site
from functions.drimbox.publication.change import CONTINUE, DONE, Change
from functions.drimbox.publication.imported import require_own
from functions.drimbox.publication.known_traits import KnownTraits, require_known_traits
from functions.drimbox.publication.match_images import match_order
from functions.drimbox.publication.message_entry import Outcome
from functions.drimbox.publication.messages import ImageChange, ReportMessage
from functions.drimbox.publication.record import (
    Pending,
    State,
    StudyRecord,
    missing,
    not_missing,
    nothing_left,
    pending_of,
    release,
)
from functions.drimbox.publication.rejections import rejected_in
from functions.drimbox.publication.steps.outcome import set_outcome
from functions.drimbox.publication.steps.submission import Submission
from functions.drimbox.report.requested_action import Action
from functions.drimbox.study import codec

if TYPE_CHECKING:
    from functions.drimbox.ports import Pacs
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.study.index import StudyIndex

# The outcomes of a look that found no difference: the earlier try may also have died after it
# recorded the end, and before it rang for it.
_LOOKING: Final = frozenset({Outcome.IN_PROGRESS, Outcome.UNCHANGED})


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
        record, study = _find(submission, pending, pacs)
    except (Held, StudyNotFoundYet) as absence:
        if not _is_gone(submission, absence):
            raise
        site.records.put(nothing_left(site.records.get(change.study_instance_uid)))
        return change.state(outcome=CONTINUE)
    # An import that began since the message took the study.
    require_own(site.imported, change.study_instance_uid)
    is_of_images = isinstance(submission.message, ImageChange)
    if is_of_images and _is_published(site, record, study):
        # The record first: a message whose outcome is final is never replayed, and a change that it
        # left in the record would hold up every later message.
        site.records.put(release(record))
        set_outcome(site, change, Outcome.UNCHANGED)
        _release_again(site, change)
        return change.state(outcome=DONE)
    document = submission.report.document
    try:
        match_order(document, study)
    except Held:
        # The page shows both sides; nothing is built from this file.
        name, kept = archive.differing(change.replay), codec.encode(study)
        submission.files.keep(name, kept, "application/json")
        raise
    # Kept before an operator has to judge the identity: the page shows what the images say.
    submission.files.keep(archive.STUDY, codec.encode(study), "application/json")
    message = submission.message
    if isinstance(message, ReportMessage):  # a change of images speaks for a report that has passed
        require_known_traits(
            site, change, record, document.patient, known, override=message.override
        )
    return change.state(outcome=CONTINUE)


def _release_again(site: Site, change: Change) -> None:
    """Another execution of this look may have taken the study again before the outcome was told: if
    it died since, nobody would replay it."""
    record = site.records.get(change.study_instance_uid)
    pending = pending_of(record, change)
    if pending is not None and pending.state is State.RECEIVED:
        site.records.put(release(record))


def _without_change(submission: Submission) -> str:
    """The way on where the record has no change of this message any more. A look that found no
    difference is over; its outcome is told here if the earlier try did not come to it.
    """
    if not _is_looked_at(submission):
        return CONTINUE
    site, change = submission.site, submission.change
    entry = site.messages.get(change.message_id)
    known = entry.studies.get(change.study_instance_uid) if entry is not None else None
    if known is not None and known.outcome in _LOOKING:
        set_outcome(site, change, Outcome.UNCHANGED)
    return DONE


def _is_looked_at(submission: Submission) -> bool:
    """Whether this is a change of images that found no difference."""
    if submission.record.is_of(submission.change.message_id):
        return False
    return isinstance(submission.message, ImageChange)


def _is_gone(submission: Submission, absence: Held | StudyNotFoundYet) -> bool:
    """Whether an absence ends the manifest of a published study, never for a report: one answer
    where the PACS's notes also rejected all that was published; else two, apart by the tenant's
    wait, or by APART where the RIS cancelled the exam too.
    """
    if submission.record.current is None:
        return False  # nothing is published: it is a report that waits
    message = submission.message
    if not isinstance(message, ImageChange):
        return False
    if isinstance(absence, Held):
        return absence.code == patience.STUDY.reason
    cancelled = message.cancelled and _is_seen_twice(submission)
    return cancelled or _is_all_rejected(submission.site, submission.record)


def _is_seen_twice(submission: Submission) -> bool:
    """Whether an earlier look, APART from this one, was answered without the study too, and none in
    between with anything else."""
    since = submission.pending.missing_since if submission.pending is not None else None
    return since is not None and submission.site.clock.now() - since >= patience.APART


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


def _find(submission: Submission, pending: Pending, pacs: Pacs) -> tuple[StudyRecord, StudyIndex]:
    """The record and the study, or the wait: for the PACS's answer, and then for the study.

    Images that the PACS's notes reject are left out, whether the PACS still lists them or not.
    """
    site, record = submission.site, submission.record
    try:
        with asking_site(site, record.study_instance_uid):
            study = pacs.find_study(record.study_instance_uid)
    except PacsUnavailable as error:
        if isinstance(error, PacsAnswerUnusable):
            _kept(site, record, not_missing(record))
        patience.go_on_waiting(patience.of_pacs(error), site, pending.since, error)
        raise
    if study is not None:
        study = study.without(rejected_in(record, site.archive))
    if study is not None:
        return _kept(site, record, not_missing(record)), study
    at = site.clock.now()
    _kept(site, record, missing(record, at))
    # The tenant's wait counts from the first answer without the study: an outage is no absence.
    message, since, absence = submission.message, pending.missing_since or at, StudyNotFoundYet()
    wait = patience.GONE if isinstance(message, ImageChange) else patience.STUDY
    patience.go_on_waiting(wait, site, since, absence)
    if isinstance(message, ImageChange) and message.cancelled:
        # The second look, which withdraws what was published, must not wait for the study to come.
        absence.until = since + patience.APART
    raise absence


def _kept(site: Site, record: StudyRecord, noted: StudyRecord) -> StudyRecord:
    return record if noted is record else site.records.put(noted)
