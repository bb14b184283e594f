"""Withdraw what was published: ITI-57, exactly once.

What was never published leaves its edition behind all the same: an older report that arrives later
is not published any more.
"""

from __future__ import annotations

from functions.drimbox.dmp import withdrawal
from functions.drimbox.dmp.session import Dmp
from functions.drimbox.dmp.withdrawal import WithdrawalFacts
from functions.drimbox.oid import Uid
from functions.drimbox.publication import archive
from functions.drimbox.publication.entries import active_entry, require_no_other
from functions.drimbox.publication.record import Edition, StudyRecord, Withdrawal, withdraw
from functions.drimbox.publication.sending import Effect, Turn, send
from functions.drimbox.publication.subject import image_change, load_message


def withdraw_manifest(turn: Turn, record: StudyRecord) -> StudyRecord:
    """Withdraw the study's manifest if there is one; the record, stored."""
    current, change = record.current, turn.change
    if current is None:
        patient = turn.report.document.patient
        require_no_other(turn.dmp, patient.ins, change.study_instance_uid)
    else:
        record = _withdraw(turn, record, current.manifest_uid)
    left = Withdrawal(
        edition=_edition(turn),
        version=record.version,
        intent_id=archive.intent_id(change, turn.pending.attempt),
        message_id=change.message_id,
        manifest_uid=current.manifest_uid if current else None,
        withdrawn_at=turn.site.clock.now(),
    )
    return turn.site.records.put(withdraw(record, left))


def _edition(turn: Turn) -> Edition:
    """What nothing older may follow; where the images are gone, the same report may."""
    if (
        image_change(turn.change.message_id, load_message(turn.site, turn.change.message_id))
        is None
    ):
        return turn.pending.edition
    return Edition.of(turn.report, turn.site.tenant.time_zone)


def _withdraw(turn: Turn, record: StudyRecord, manifest_uid: Uid) -> StudyRecord:
    """The record once the manifest is not active any more."""
    update = turn.site.archive.get(turn.key(archive.METADATA))
    if update is None:
        entry_uuid = active_entry(turn.dmp, manifest_uid)
        if not entry_uuid:
            return record  # somebody withdrew it already
        update = turn.fix(archive.METADATA, lambda: _build(turn, entry_uuid))
    effect = Effect(
        submit=lambda: turn.dmp.update(update), look=lambda: _gone(turn.dmp, manifest_uid)
    )
    return send(turn, record, effect)[1]


def _build(turn: Turn, entry_uuid: str) -> bytes:
    intent = turn.intent
    return withdrawal.build(
        WithdrawalFacts(
            report=turn.report,
            institution=turn.institution,
            source_id=turn.site.tenant.source_id,
            submission_set_id=intent.submission_set_id,
            device=turn.device,
            at=intent.at,
            zone=turn.site.tenant.time_zone,
            entry_uuid=entry_uuid,
        )
    )


def _gone(dmp: Dmp, manifest_uid: Uid) -> str:
    """The manifest's UID once no entry of it is active, whether the DMP still shows it or not."""
    active = any(entry.is_approved for entry in dmp.entries(manifest_uid))
    return "" if active else str(manifest_uid)
