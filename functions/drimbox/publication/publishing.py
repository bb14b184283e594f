"""Fourth and fifth steps: publish exactly once, then record what the DMP holds.

The intent is stored before the first send. From the moment the request may have left, the only
things that may follow are a query by uniqueId and the same bytes under the same identifiers: the
registry refuses a submission set that it already has, so a late commit cannot become a second one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from functions.drimbox.dmp.client import StoredDocument, StoredSubmission
from functions.drimbox.dmp.metadata import MANIFEST_OBJECT, SIGNATURE_OBJECT, DocumentFacts
from functions.drimbox.dmp.reconcile import Adopt, Decision, Quarantine, reconcile
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.errors import (
    DmpOutcomeUnknown,
    DmpRefused,
    DmpUnavailable,
    Held,
    Transient,
)
from functions.drimbox.identity.oid import Uid
from functions.drimbox.identity.tenant import Structure
from functions.drimbox.manifest import codec
from functions.drimbox.publication import archive
from functions.drimbox.publication.archive import Intent, require
from functions.drimbox.publication.building import structure_of
from functions.drimbox.publication.ports import Change, Outcome, Site
from functions.drimbox.publication.record import (
    Current,
    Pending,
    State,
    StudyRecord,
    enter,
    not_taken,
    refused,
    settle,
    waited,
)
from functions.drimbox.publication.start import load_report
from functions.drimbox.publication.steps import (
    CONTINUE,
    pending_of,
    request_of,
    set_outcome,
)
from functions.drimbox.report.model import Report

# A registry that answers may still be committing an earlier request: two queries this far apart
# must both find nothing before the same bytes are sent again.
COMMIT_DELAY: Final = timedelta(seconds=5)
# DocumentFacts wants a time; the verdict compares hash and size only.
_ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)


class Dmp(Protocol):
    """The DMP as one structure sees it, for one patient."""

    def submit(self, submission: StoredSubmission) -> None:
        """ITI-41. Raises DmpUnavailable, DmpOutcomeUnknown, DmpRefused."""
        ...

    def entries(self, unique_id: Uid) -> tuple[DocumentEntry, ...]:
        """ITI-18 GetDocuments by uniqueId. Raises DmpUnavailable, DmpRefused."""
        ...


Connect = Callable[[Report, Structure], Dmp]


def publish_manifest(site: Site, change: Change, connect: Connect) -> dict[str, Any]:
    """Send what the intent holds, unless the DMP already has it."""
    record = site.records.get(change.study_instance_uid)
    pending = pending_of(record, change)
    if pending is None:
        if record.current is not None and record.current.message_id == change.message_id:
            _audit(site, change, record.current, load_report(site, change.message_id))
        _name_entry(site, change, record, connect)
        return change.state(outcome=CONTINUE)
    if pending.state is State.HELD:
        # Another execution of this change has held it: nothing is sent until a human decides.
        raise Held(pending.reason)
    report = load_report(site, change.message_id)
    dmp = connect(report, structure_of(site.tenant, report.document))
    sending = _prepare(site, change, pending, dmp)
    try:
        entry_uuid, record = _send(sending, record)
    except Transient:
        if waited(pending, site.clock.now()) > site.tenant.outage_patience:
            raise Held("dmp_unreachable") from None
        raise
    request = request_of(change, report)
    current = Current(
        manifest_uid=sending.intent.manifest_uid,
        version=(record.current.version if record.current else 0) + 1,
        entry_uuid=entry_uuid,
        intent_id=archive.intent_id(change, pending.attempt),
        message_id=change.message_id,
        cda_sha256=request.cda_sha256,
        confidentiality=request.confidentiality,
        published_at=site.clock.now(),
    )
    settled = site.records.put(settle(record, current))
    _audit(site, change, current, report)
    _name_entry(site, change, settled, connect)
    return change.state(outcome=CONTINUE)


@dataclass(frozen=True, slots=True)
class _Sending:
    """One try at one intent."""

    site: Site
    pending: Pending
    dmp: Dmp
    intent: Intent
    manifest: bytes
    submission: StoredSubmission


def _prepare(site: Site, change: Change, pending: Pending, dmp: Dmp) -> _Sending:
    def read(name: str) -> bytes:
        return require(site.archive, archive.key(change, pending.attempt, name))

    manifest = read(archive.MANIFEST)
    submission = StoredSubmission(
        metadata=read(archive.METADATA),
        documents=(
            StoredDocument(MANIFEST_OBJECT, manifest),
            StoredDocument(SIGNATURE_OBJECT, read(archive.SIGNATURE)),
        ),
    )
    intent = Intent.decode(read(archive.INTENT))
    return _Sending(site, pending, dmp, intent, manifest, submission)


def _send(sending: _Sending, record: StudyRecord) -> tuple[str, StudyRecord]:
    """The entryUUID if the DMP already had the manifest, "" after a Success; and the record."""
    site, in_doubt = sending.site, sending.pending.in_doubt
    if in_doubt:
        entry_uuid = _look(sending, record)
        if entry_uuid:
            return entry_uuid, record
    record = site.records.put(enter(record, State.SENDING, site.clock.now()))
    try:
        sending.dmp.submit(sending.submission)
    except DmpUnavailable:
        site.records.put(not_taken(record, site.clock.now(), in_doubt=in_doubt))
        raise
    except DmpOutcomeUnknown:
        site.records.put(enter(record, State.UNKNOWN, site.clock.now()))
        raise
    except DmpRefused as error:
        codes = ", ".join(error.registry_codes)
        site.records.put(refused(record, site.clock.now(), codes, in_doubt=in_doubt))
        raise Held("dmp_refused", codes) from None
    return "", record


def _look(sending: _Sending, record: StudyRecord) -> str:
    """Ask before sending again: the entryUUID of what is there, "" when it may be sent again.

    Raises DmpOutcomeUnknown until two queries, COMMIT_DELAY apart, have found nothing.
    """
    site, pending = sending.site, sending.pending
    try:
        verdict = _verdict(sending.dmp, sending.intent.manifest_uid, sending.manifest)
    except DmpRefused as error:
        raise Held("dmp_refused", ", ".join(error.registry_codes)) from None
    at = site.clock.now()
    if isinstance(verdict, Adopt):
        return verdict.entry_uuid
    if isinstance(verdict, Quarantine):
        raise Held("different_document_in_dmp")
    if pending.state is not State.RECONCILING:
        site.records.put(enter(record, State.RECONCILING, at))
        raise DmpOutcomeUnknown("not in the registry yet")
    if at - pending.changed_at < COMMIT_DELAY:
        raise DmpOutcomeUnknown("not in the registry yet")
    return ""


def _verdict(dmp: Dmp, manifest_uid: Uid, manifest: bytes) -> Decision:
    facts = DocumentFacts.of(manifest_uid, manifest, _ANY_TIME)
    return reconcile(
        dmp.entries(manifest_uid), unique_id=manifest_uid, sha1=facts.sha1, size=facts.size
    )


def _audit(site: Site, change: Change, current: Current, report: Report) -> None:
    """The one record of this effect, whatever comes after it and however often this is called."""
    site.audit.record(
        "manifest.published",
        key=current.intent_id,
        result="success",
        who=report.document.legal_authenticator.identifier,
        facts={
            "ins": report.document.patient.ins.value,
            "message_id": change.message_id,
            "study_instance_uid": str(change.study_instance_uid),
            "manifest_uid": str(current.manifest_uid),
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
    report = load_report(site, change.message_id)
    dmp = connect(report, structure_of(site.tenant, report.document))
    manifest = require(site.archive, archive.key_of(current.intent_id, archive.MANIFEST))
    try:
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


def settle_publication(site: Site, change: Change) -> dict[str, Any]:
    """Last step: archive what was published, and say which series to cache."""
    record = site.records.get(change.study_instance_uid)
    current = record.current
    if current is None or current.message_id != change.message_id:
        raise Held("internal_error", "settled without a current manifest")
    site.archive.put_once(
        archive.key_of(current.intent_id, archive.SETTLED),
        json.dumps(
            {
                "manifest_uid": current.manifest_uid,
                "entry_uuid": current.entry_uuid,
                "version": current.version,
                "published_at": current.published_at.isoformat(),
            }
        ).encode(),
        "application/json",
    )
    set_outcome(site, change, Outcome.PUBLISHED)
    study = codec.decode(require(site.archive, archive.key_of(current.intent_id, archive.STUDY)))
    return change.state(
        outcome=CONTINUE,
        fill_cache=site.tenant.cache_on_publication,
        series=[str(series.series_instance_uid) for series in study.series],
    )
