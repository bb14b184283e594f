"""Fourth step: make the DMP say what the message says, exactly once.

A publication and a replacement send the manifest (ITI-41), a withdrawal changes its status
(ITI-57). The request is fixed before its first send; :mod:`functions.drimbox.publication.sending`
sees to the rest.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from functions.drimbox.dmp import metadata
from functions.drimbox.dmp.client import StoredDocument, StoredSubmission
from functions.drimbox.dmp.formats import DeviceAuthor
from functions.drimbox.dmp.metadata import (
    MANIFEST_OBJECT,
    SIGNATURE_OBJECT,
    DocumentFacts,
    SubmissionFacts,
)
from functions.drimbox.dmp.reconcile import Adopt, Decision, Quarantine, reconcile
from functions.drimbox.dmp.session import Dmp
from functions.drimbox.errors import DmpOutcomeUnknown, DmpRefused, Held, Transient
from functions.drimbox.oid import Uid
from functions.drimbox.publication import archive
from functions.drimbox.publication.archive import require
from functions.drimbox.publication.asking_dmp import asking_dmp
from functions.drimbox.publication.entries import active_entry, require_no_other
from functions.drimbox.publication.match import exam_of, match_order
from functions.drimbox.publication.ports import Change, Site
from functions.drimbox.publication.record import (
    Current,
    State,
    StudyRecord,
    settle,
    waited,
)
from functions.drimbox.publication.sending import Connect, Effect, Turn, send
from functions.drimbox.publication.settling import archive_settled
from functions.drimbox.publication.steps import CONTINUE, pending_of, request_of
from functions.drimbox.publication.subject import report_of, subject_of
from functions.drimbox.publication.withdrawing import withdraw_manifest
from functions.drimbox.report.masking import confidentiality_codes
from functions.drimbox.report.model import Action
from functions.drimbox.study import codec

# DocumentFacts wants a time; the verdict compares hash and size only.
_ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
_EVENTS: Final = {
    Action.PUBLISH: "manifest.published",
    Action.REPLACE: "manifest.replaced",
}


def publish_manifest(
    site: Site, change: Change, connect: Connect, device: DeviceAuthor
) -> dict[str, Any]:
    """Send what the intent holds, unless the DMP already has it. ``device`` is this product."""
    record = site.records.get(change.study_instance_uid)
    pending = pending_of(record, change)
    if pending is not None:
        if pending.state is State.HELD:
            # Another execution of this change has held it: nothing is sent until a human decides.
            raise Held(pending.reason)
        _finish_former(site, change, record)
        report = report_of(site, change, record)
        act = withdraw_manifest if pending.edition.action is Action.WITHDRAW else _publish
        try:
            with asking_dmp(site, change, report, connect) as dmp:
                record = act(Turn(site, change, pending, report, dmp, device), record)
        except Transient as error:
            if waited(pending, site.clock.now()) > site.tenant.outage_patience:
                refused = error.code == "identity_refused"
                raise Held("identity_refused" if refused else "dmp_unreachable") from None
            raise
    _audit(site, change, record)
    _name_entry(site, change, record, connect)
    return change.state(outcome=CONTINUE)


def _finish_former(site: Site, change: Change, record: StudyRecord) -> None:
    """What stands is audited and archived before it gives way to ``change``.

    Its own execution may have ended for good just after the DMP's Success, and its steps would find
    another record by now. What it has done itself is not done twice.
    """
    settled = record.current or record.withdrawn
    if settled is not None and not record.is_of(change.message_id):
        _audit(site, replace(change, message_id=settled.message_id, mend=0), record)
        archive_settled(site, settled)


def _publish(turn: Turn, record: StudyRecord) -> StudyRecord:
    """Publish or replace; the record, stored."""
    site, change, intent = turn.site, turn.change, turn.intent
    manifest = turn.read(archive.MANIFEST)
    submission = StoredSubmission(
        metadata=turn.fix(archive.METADATA, lambda: _metadata(turn, record)),
        documents=(
            StoredDocument(MANIFEST_OBJECT, manifest),
            StoredDocument(SIGNATURE_OBJECT, turn.read(archive.SIGNATURE)),
        ),
    )
    effect = Effect(
        submit=lambda: turn.dmp.submit(submission),
        look=lambda: _find(turn.dmp, intent.manifest_uid, manifest),
    )
    entry_uuid, sent = send(turn, record, effect)
    request = request_of(site, change, turn.report)
    current = Current(
        manifest_uid=intent.manifest_uid,
        version=sent.version + 1,
        entry_uuid=entry_uuid,
        intent_id=archive.intent_id(change, turn.pending.attempt),
        message_id=change.message_id,
        cda_sha256=request.cda_sha256,
        confidentiality=request.confidentiality,
        published_at=site.clock.now(),
        edition=turn.pending.edition,
    )
    return site.records.put(settle(sent, current))


def _metadata(turn: Turn, record: StudyRecord) -> bytes:
    """The submission's metadata; with what it replaces, asked now."""
    site, intent, document = turn.site, turn.intent, turn.report.document

    def facts_of(unique_id: Uid, name: str) -> DocumentFacts:
        return DocumentFacts.of(unique_id, turn.read(name), intent.at)

    return metadata.build(
        SubmissionFacts(
            report=turn.report,
            exam=exam_of(document, turn.change.study_instance_uid),
            order=match_order(document, codec.decode(turn.read(archive.STUDY))),
            institution=turn.institution,
            sector=turn.structure.sector,
            source_id=site.tenant.source_id,
            submission_set_id=intent.submission_set_id,
            manifest=facts_of(intent.manifest_uid, archive.MANIFEST),
            signature=facts_of(intent.signature_uid, archive.SIGNATURE),
            device=turn.device,
            confidentiality=confidentiality_codes(turn.report.visibility),
            at=intent.at,
            zone=site.tenant.time_zone,
            replaces=_replaced(turn, record),
        )
    )


def _replaced(turn: Turn, record: StudyRecord) -> str:
    """The entryUUID of the version to replace, "" where there is none.

    A correction whose original we never published becomes a publication. Held
    ``manifest_not_in_dmp`` when what we published is not active any more.
    """
    if record.current is None:
        if turn.pending.edition.action is Action.REPLACE:
            patient = turn.report.document.patient
            require_no_other(turn.dmp, patient.ins, record.study_instance_uid)
        return ""
    entry_uuid = active_entry(turn.dmp, record.current.manifest_uid)
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


def _audit(site: Site, change: Change, record: StudyRecord) -> None:
    """The one record of this effect, whatever comes after it and however often this is called."""
    settled = record.current or record.withdrawn
    if settled is None or not record.is_of(change.message_id):
        return
    withdrawn = record.current is None
    subject = subject_of(site, change, record)
    document = subject.read().document
    site.audit.record(
        "manifest.withdrawn" if withdrawn else _EVENTS[settled.edition.action],
        key=settled.intent_id,
        result="success",
        who=subject.ordered_by or document.legal_authenticator.identifier,
        facts={
            "ins": document.patient.ins.value,
            "message_id": change.message_id,
            "study_instance_uid": str(change.study_instance_uid),
            "manifest_uid": str(settled.manifest_uid or ""),
        },
    )


def _name_entry(site: Site, change: Change, record: StudyRecord, connect: Connect) -> None:
    """Ask the registry for the entryUUID that it gave (it is not in the answer to ITI-41).

    It is asked again before any later change, so a registry that stays silent for longer than the
    tenant's patience does not stop the publication.
    """
    current = record.current
    if current is None or current.message_id != change.message_id or current.entry_uuid:
        return
    report = report_of(site, change, record)
    manifest = require(site.archive, archive.key_of(current.intent_id, archive.MANIFEST))
    try:
        with asking_dmp(site, change, report, connect) as dmp:
            verdict = _verdict(dmp, current.manifest_uid, manifest)
        if isinstance(verdict, Quarantine) or (isinstance(verdict, Adopt) and verdict.duplicates):
            # Not what we sent, or more than once: published, and for a human to look at.
            raise Held("different_document_in_dmp")
        if not isinstance(verdict, Adopt):
            raise DmpOutcomeUnknown("published, not in the registry yet")
    except (Transient, DmpRefused):
        if site.clock.now() - current.published_at > site.tenant.outage_patience:
            return
        raise DmpOutcomeUnknown("published, its entry is not known yet") from None
    site.records.put(replace(record, current=replace(current, entry_uuid=verdict.entry_uuid)))
