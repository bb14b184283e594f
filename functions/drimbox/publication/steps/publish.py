"""Fourth step: make the DMP agree with the message, exactly once.

A publication and a replacement send the manifest (ITI-41), a withdrawal changes its status
(ITI-57, :mod:`withdraw`). The request is fixed before its first send; :mod:`send` sees to the rest.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.dmp import metadata
from functions.drimbox.dmp.metadata import (
    MANIFEST_OBJECT,
    SIGNATURE_OBJECT,
    DocumentFacts,
    SubmissionFacts,
)
from functions.drimbox.dmp.reconcile import Adopt, Decision, Quarantine, reconcile
from functions.drimbox.dmp.stored_submission import StoredDocument, StoredSubmission
from functions.drimbox.errors import (
    DmpOutcomeUnknown,
    DmpRefused,
    Held,
    StorageUnavailable,
    Transient,
)
from functions.drimbox.publication import archive, patience
from functions.drimbox.publication.asking_dmp import Connect, asking_dmp
from functions.drimbox.publication.change import CONTINUE, Change
from functions.drimbox.publication.match_images import exam_of, match_order
from functions.drimbox.publication.messages import ReportMessage
from functions.drimbox.publication.record import (
    Current,
    Pending,
    State,
    StudyRecord,
    pending_in,
    settle,
    settled_in,
)
from functions.drimbox.publication.registry_entries import active_entry, require_no_other
from functions.drimbox.publication.standing import is_overtaken
from functions.drimbox.publication.steps.archive_settled import archive_settled
from functions.drimbox.publication.steps.send import Effect, send
from functions.drimbox.publication.steps.submission import Submission
from functions.drimbox.publication.steps.withdraw import withdraw_manifest
from functions.drimbox.report.masking import confidentiality_codes
from functions.drimbox.report.requested_action import Action

if TYPE_CHECKING:
    from functions.drimbox.dmp.formats import DeviceAuthor
    from functions.drimbox.dmp.session import Dmp
    from functions.drimbox.oid import Uid
    from functions.drimbox.publication.ports import Site

# DocumentFacts wants a time; the verdict compares hash and size only.
_ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
_EVENTS: Final = {
    Action.PUBLISH: "manifest.published",
    Action.REPLACE: "manifest.replaced",
}


def publish_manifest(
    site: Site, change: Change, connect: Connect, device: DeviceAuthor
) -> dict[str, Any]:
    """Send the documents of the intent, unless the DMP already has them. ``device`` is this
    product.
    """
    submission = Submission.begin(site, change)
    pending = submission.pending
    if pending is not None:
        _publish_pending(submission, pending, connect, device)
    else:
        _finish(submission, connect)
    return change.state(outcome=CONTINUE)


def _publish_pending(
    submission: Submission, pending: Pending, connect: Connect, device: DeviceAuthor
) -> None:
    site, change = submission.site, submission.change
    if pending.state is State.HELD:
        # Another execution of this change has held it: nothing is sent until a human decides.
        raise Held(pending.reason)
    _require_latest(submission, pending)
    _finish_former(submission)
    act = withdraw_manifest if pending.edition.action is Action.WITHDRAW else _publish
    report = submission.report  # a failure of our own store is no wait for the DMP
    settled: StudyRecord | None = None
    try:
        with asking_dmp(site, change, report, connect) as dmp:
            settled = act(submission, dmp, device)
            _audit(submission, settled)
            _name_entry(submission, settled, nullcontext(dmp))
    except StorageUnavailable:
        raise
    except Transient as error:
        if settled is None:
            patience.go_on_waiting(patience.of_dmp(error), site, pending.since, error)
        raise


def _require_latest(submission: Submission, pending: Pending) -> None:
    """Held ``later_version`` where one came to a study that the report names, while this one was on
    the study that an operator chose, and nothing of it was sent."""
    message = submission.message
    if pending.state is not State.INTENT or pending.in_doubt:
        return
    override = message.override if isinstance(message, ReportMessage) else None
    if override is None or not override.left_by(submission.change.study_instance_uid):
        return
    if is_overtaken(submission.site, submission.change.message_id):
        raise Held("later_version")


def _finish(submission: Submission, connect: Connect) -> None:
    """Do the rest of this step after an earlier try had the DMP's Success."""
    site, change, record = submission.site, submission.change, submission.record
    if record.is_of(change.message_id):
        _audit(submission, record)
        asking = asking_dmp(site, change, submission.report, connect)
        _name_entry(submission, record, asking)


def _finish_former(submission: Submission) -> None:
    """Audit and archive the version in force before it gives way to this change.

    Its own execution may have ended for good just after the DMP's Success, and its steps would find
    another record by now. Nothing is done twice: both writes are conditional.
    """
    site, change, record = submission.site, submission.change, submission.record
    settled = record.current or record.withdrawn
    if settled is not None and not record.is_of(change.message_id):
        former = replace(change, message_id=settled.message_id, override=0)
        _audit(Submission(site, former, record), record)
        archive_settled(site, settled)


def _publish(submission: Submission, dmp: Dmp, device: DeviceAuthor) -> StudyRecord:
    """Publish or replace; the record, stored."""
    site, change, intent = submission.site, submission.change, submission.intent
    pending, files = pending_in(submission.record), submission.files
    manifest = files.require(archive.MANIFEST)
    transfer = StoredSubmission(
        metadata=_fixed_metadata(submission, dmp, device),
        documents=(
            StoredDocument(MANIFEST_OBJECT, manifest),
            StoredDocument(SIGNATURE_OBJECT, files.require(archive.SIGNATURE)),
        ),
    )
    effect = Effect(
        submit=lambda: dmp.submit(transfer),
        look=lambda: _find(dmp, intent.manifest_uid, manifest),
    )
    entry_uuid, sent = send(submission, submission.record, effect)
    request = submission.request
    current = Current(
        manifest_uid=intent.manifest_uid,
        version=sent.version + 1,
        entry_uuid=entry_uuid,
        intent_id=archive.intent_id(change, pending.attempt),
        message_id=change.message_id,
        cda_sha256=request.cda_sha256,
        confidentiality=request.confidentiality,
        published_at=site.clock.now(),
        edition=pending.edition,
    )
    return site.records.put(settle(sent, current))


def _fixed_metadata(submission: Submission, dmp: Dmp, device: DeviceAuthor) -> bytes:
    """The submission's metadata, those that were fixed first.

    Metadata that may have been sent are never built again, and a replacement's take a question to
    the DMP: those are looked for first. A first publication of which nothing was sent is built, and
    the write itself tells whether another try was faster.
    """
    known = None if _is_first(submission) else submission.files.get(archive.METADATA)
    if known is not None:
        return known
    built = _metadata(submission, dmp, device)
    return submission.files.keep(archive.METADATA, built, "text/xml")


def _is_first(submission: Submission) -> bool:
    """Whether this is a study's first publication, and nothing of it was sent."""
    record, pending = submission.record, pending_in(submission.record)
    publishes = record.current is None and pending.edition.action is Action.PUBLISH
    return publishes and pending.state is State.INTENT and not pending.in_doubt


def _metadata(submission: Submission, dmp: Dmp, device: DeviceAuthor) -> bytes:
    """The submission's metadata; the DMP is asked now for the entry that they replace."""
    tenant, intent, report = submission.site.tenant, submission.intent, submission.report

    def facts_of(unique_id: Uid, name: str) -> DocumentFacts:
        return DocumentFacts.of(unique_id, submission.files.require(name), intent.at)

    return metadata.build(
        SubmissionFacts(
            report=report,
            exam=exam_of(report.document, submission.change.study_instance_uid),
            order=match_order(report.document, submission.study),
            institution=submission.institution,
            sector=submission.structure.sector,
            source_id=tenant.source_id,
            submission_set_id=intent.submission_set_id,
            manifest=facts_of(intent.manifest_uid, archive.MANIFEST),
            signature=facts_of(intent.signature_uid, archive.SIGNATURE),
            device=device,
            confidentiality=confidentiality_codes(report.visibility),
            at=intent.at,
            zone=tenant.time_zone,
            replaces=_replaced(submission, dmp),
        )
    )


def _replaced(submission: Submission, dmp: Dmp) -> str:
    """The entryUUID of the version to replace, "" where there is none.

    A correction whose original we never published becomes a publication. Held
    ``manifest_not_in_dmp`` when our own manifest is not active any more.
    """
    record = submission.record
    if record.current is None:
        if pending_in(record).edition.action is Action.REPLACE:
            patient = submission.report.document.patient
            require_no_other(dmp, patient.ins, record.study_instance_uid)
        return ""
    entry_uuid = active_entry(dmp, record.current.manifest_uid)
    if not entry_uuid:
        raise Held("manifest_not_in_dmp")
    return entry_uuid


def _find(dmp: Dmp, manifest_uid: Uid, manifest: bytes) -> str:
    """The entryUUID of our manifest, "" when it is not there; Held for anything else there."""
    verdict = _verdict(dmp, manifest_uid, manifest)
    if isinstance(verdict, Quarantine):
        raise Held("different_document_in_dmp")
    return verdict.entry_uuid if isinstance(verdict, Adopt) else ""


def _verdict(dmp: Dmp, manifest_uid: Uid, manifest: bytes) -> Decision:
    facts = DocumentFacts.of(manifest_uid, manifest, _ANY_TIME)
    return reconcile(
        dmp.entries(manifest_uid), unique_id=manifest_uid, sha1=facts.sha1, size=facts.size
    )


def _audit(submission: Submission, record: StudyRecord) -> None:
    """The one record of this effect, whatever comes after it and however often this is called."""
    settled, change = settled_in(record), submission.change
    document = submission.report.document
    submission.site.audit.record(
        "manifest.withdrawn" if record.current is None else _EVENTS[settled.edition.action],
        key=settled.intent_id,
        result="success",
        who=submission.in_force.ordered_by or document.legal_authenticator.identifier,
        facts={
            "ins": document.patient.ins.value,
            "message_id": change.message_id,
            "study_instance_uid": str(change.study_instance_uid),
            "manifest_uid": str(settled.manifest_uid or ""),
        },
    )


def _name_entry(
    submission: Submission, record: StudyRecord, asking: AbstractContextManager[Dmp]
) -> None:
    """Ask the registry for the entryUUID that it gave (it is not in the answer to ITI-41).

    It is asked again before any later change, so a registry that stays silent for longer than the
    tenant's patience does not stop the publication.
    """
    site, current = submission.site, record.current
    if current is None or current.entry_uuid:
        return
    manifest = submission.files_of(current.intent_id).require(archive.MANIFEST)
    try:
        with asking as dmp:
            verdict = _verdict(dmp, current.manifest_uid, manifest)
        if isinstance(verdict, Quarantine) or (isinstance(verdict, Adopt) and verdict.duplicates):
            # Another document than ours, or ours twice: published, and a human must look at it.
            raise Held("different_document_in_dmp")
        if not isinstance(verdict, Adopt):
            raise DmpOutcomeUnknown("published, not in the registry yet")
    except (Transient, DmpRefused):
        if patience.is_over(patience.ENTRY, site, current.published_at):
            return
        later = DmpOutcomeUnknown("published, its entry is not known yet")
        later.until = patience.end_of(patience.ENTRY, site, current.published_at)
        raise later from None
    site.records.put(replace(record, current=replace(current, entry_uuid=verdict.entry_uuid)))
