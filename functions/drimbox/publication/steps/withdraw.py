"""Withdraw a manifest: ITI-57, exactly once.

A withdrawn study that was never published leaves its edition behind all the same: an older report
that arrives later is not published any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.dmp import withdrawal
from functions.drimbox.dmp.withdrawal import WithdrawalFacts
from functions.drimbox.publication import archive
from functions.drimbox.publication.message_order import Edition
from functions.drimbox.publication.messages import ImageChange
from functions.drimbox.publication.record import (
    StudyRecord,
    Withdrawal,
    pending_in,
    withdraw,
)
from functions.drimbox.publication.registry_entries import active_entry, require_no_other
from functions.drimbox.publication.steps.send import Effect, send

if TYPE_CHECKING:
    from functions.drimbox.dmp.formats import DeviceAuthor
    from functions.drimbox.dmp.session import Dmp
    from functions.drimbox.oid import Uid
    from functions.drimbox.publication.steps.submission import Submission


def withdraw_manifest(submission: Submission, dmp: Dmp, device: DeviceAuthor) -> StudyRecord:
    """Withdraw the study's manifest if there is one; the record, stored."""
    site, change, record = submission.site, submission.change, submission.record
    current, pending = record.current, pending_in(record)
    if current is None:
        require_no_other(dmp, submission.report.document.patient.ins, change.study_instance_uid)
    else:
        record = _withdraw(submission, dmp, device, current.manifest_uid)
    left = Withdrawal(
        edition=_edition(submission),
        version=record.version,
        intent_id=archive.intent_id(change, pending.attempt),
        message_id=change.message_id,
        manifest_uid=current.manifest_uid if current else None,
        withdrawn_at=site.clock.now(),
    )
    return site.records.put(withdraw(record, left))


def _edition(submission: Submission) -> Edition:
    """The edition that no older one may follow. Where the images are gone, the same report may."""
    if isinstance(submission.message, ImageChange):
        return Edition.of(submission.report, submission.site.tenant.time_zone)
    return pending_in(submission.record).edition


def _withdraw(
    submission: Submission, dmp: Dmp, device: DeviceAuthor, manifest_uid: Uid
) -> StudyRecord:
    """The record once the manifest is not active any more."""
    update = submission.files.get(archive.METADATA)
    if update is None:
        entry_uuid = active_entry(dmp, manifest_uid)
        if not entry_uuid:
            return submission.record  # somebody withdrew it already
        built = _build(submission, device, entry_uuid)
        update = submission.files.keep(archive.METADATA, built, "text/xml")
    effect = Effect(submit=lambda: dmp.update(update), look=lambda: _gone(dmp, manifest_uid))
    return send(submission, submission.record, effect)[1]


def _build(submission: Submission, device: DeviceAuthor, entry_uuid: str) -> bytes:
    intent, tenant = submission.intent, submission.site.tenant
    return withdrawal.build(
        WithdrawalFacts(
            report=submission.report,
            institution=submission.institution,
            source_id=tenant.source_id,
            submission_set_id=intent.submission_set_id,
            device=device,
            at=intent.at,
            zone=tenant.time_zone,
            entry_uuid=entry_uuid,
        )
    )


def _gone(dmp: Dmp, manifest_uid: Uid) -> str:
    """The manifest's UID once no entry of it is active, whether the DMP still shows it or not."""
    active = any(entry.is_approved for entry in dmp.entries(manifest_uid))
    return "" if active else str(manifest_uid)
