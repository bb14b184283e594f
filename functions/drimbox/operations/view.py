"""One publication, whole: its state and reason, the message's content, its history.

This shows the patient's data: to an operator who is permitted to view, and each time audited.
"""

from __future__ import annotations

from typing import Any, assert_never

from functions.drimbox.errors import Absent
from functions.drimbox.oid import Uid
from functions.drimbox.operations import segments
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.operations.queue import describe_entry, describe_outcome
from functions.drimbox.publication import archive
from functions.drimbox.publication.messages import (
    Message,
    OrderChangeMessage,
    RejectionNoteMessage,
    RepairMessage,
    ReportMessage,
    WithdrawalMessage,
    load,
    load_override,
)
from functions.drimbox.publication.ports import MessageEntry, Site
from functions.drimbox.publication.record import StudyRecord
from functions.drimbox.report.model import Report
from functions.drimbox.study import codec
from functions.drimbox.tenants.model import Permission


def view(site: Site, caller: Caller, message_id: str) -> dict[str, Any]:
    """The publication; texts of HL7, CDA and DICOM in it are plain text, to be shown as such.

    ``kind`` is ``report``, ``order_change``, ``rejection_note`` (the PACS's) or ``withdrawal`` (an
    operator's). Raises Forbidden
    without the permission ``view``, Absent when the publication is unknown.
    """
    operator = demand(site.audit, caller, Permission.VIEW)
    entry = known(site, message_id)
    seen, patient = _message(load(site, message_id))
    site.audit.record(
        "publication.viewed",
        key=f"{message_id}/{caller.request_id}",
        result="shown",
        who=operator.subject,
        facts={"message_id": message_id, **({"ins": patient} if patient else {})},
    )
    records = {study: site.records.get(study) for study in entry.studies}
    return {
        **describe_entry(entry),
        "validated_at": entry.validated_at.isoformat() if entry.validated_at else None,
        "studies": [
            {
                "study_instance_uid": str(study),
                **describe_outcome(outcome),
                "replayable": outcome.is_replayable(site.clock.now()),
                **_standing(records[study], message_id),
                "images": _images(site, records[study], message_id),
            }
            for study, outcome in entry.studies.items()
        ],
        "history": [
            {
                "study_instance_uid": str(event.study),
                "replay": event.replay,
                **describe_outcome(event.outcome),
            }
            for event in entry.history
        ],
        "overrides": overrides(site, entry),
        **seen,
    }


def known(site: Site, message_id: str) -> MessageEntry:
    """The publication's entry; Absent when there is none."""
    entry = site.messages.get(message_id)
    if entry is None:
        raise Absent("publication")
    return entry


def overrides(site: Site, entry: MessageEntry) -> list[dict[str, Any]]:
    """The operators' overrides, oldest first; the last one is in force."""
    found = []
    for number in range(1, entry.override + 1):
        override = load_override(site, entry.message_id, number)
        found.append(
            {
                "number": override.number,
                "who": override.who,
                "at": override.at.isoformat(),
                "studies": {str(named): str(chosen) for named, chosen in override.studies.items()},
                "sender": "|".join(override.sender) if override.sender else None,
            }
        )
    return found


def _message(message: Message) -> tuple[dict[str, Any], str]:
    """The message's content, and its patient (INS, "" where it names none)."""
    match message:
        case ReportMessage(raw=raw, report=report):
            shown = {
                "kind": "report",
                "action": str(report.action),
                "message": segments.parse(raw),
                "report": _report(report),
            }
            return shown, report.document.patient.ins.value
        case OrderChangeMessage(raw=raw, order=order) | RepairMessage(raw=raw, order=order):
            return {"kind": "order_change", "message": segments.parse(raw)}, order.patient.value
        case RejectionNoteMessage(note=note):
            rejected = {str(study): sorted(map(str, objs)) for study, objs in note.rejected.items()}
            return {"kind": "rejection_note", "rejected": rejected}, ""
        case WithdrawalMessage(order=order):
            asked = {"ordered_by": order.who, "ordered_at": order.at.isoformat()}
            return {"kind": "withdrawal", **asked}, ""
        case _:
            assert_never(message)


def _report(report: Report) -> dict[str, Any]:
    document = report.document
    patient, author = document.patient, document.legal_authenticator
    return {
        "title": document.title,
        "effective_time": document.effective_time.isoformat(),
        "version": document.version,
        "confidentiality": document.confidentiality,
        "patient": {
            "ins": patient.ins.value,
            "ins_oid": str(patient.ins.oid),
            "local_ids": [one.extension for one in patient.local_ids],
            "birth_family": patient.birth_family,
            "birth_given": patient.birth_given,
            "used_family": patient.used_family,
            "used_given": patient.used_given,
            "birth_date": patient.birth_date,
            "sex": patient.sex,
        },
        "legal_authenticator": {
            "identifier": author.identifier,
            "name": f"{author.given} {author.family}".strip(),
            "structure": author.organisation.structure_id if author.organisation else "",
        },
        "orders": [
            {"placer": order.placer.extension, "accession": order.accession.extension}
            for order in document.orders
        ],
        "exams": [
            {"study_instance_uid": str(exam.study_instance_uid), "act": exam.act.display}
            for exam in document.exams
        ],
    }


def _standing(record: StudyRecord, message_id: str) -> dict[str, Any]:
    """The study's record: the manifest in force, and this message's pending change."""
    current, pending = record.current, record.pending
    standing: dict[str, Any] = {
        "in_dmp": None
        if current is None
        else {
            "manifest_uid": str(current.manifest_uid),
            "version": current.version,
            "published_at": current.published_at.isoformat(),
            "by_this_publication": current.message_id == message_id,
        },
        "pending": None,
    }
    if pending is not None and pending.message_id == message_id:
        standing["pending"] = {
            "state": str(pending.state),
            "since": pending.since.isoformat(),
            "attempt": pending.attempt,
            "may_be_in_dmp": pending.in_doubt,
            "dmp_codes": pending.detail,
        }
    elif pending is not None:
        standing["waits_for"] = pending.message_id
    return standing


def _images(site: Site, record: StudyRecord, message_id: str) -> dict[str, Any] | None:
    """The study as the PACS gave it to this publication, None while it has not."""
    name = _index_of(record, message_id)
    kept = site.archive.get(name) if name else None
    if kept is None:
        return None
    study = codec.decode(kept)
    return {
        "patient_name": study.patient_name,
        "patient_id": study.patient_id,
        "patient_birth_date": study.patient_birth_date,
        "accession_number": study.accession_number,
        "study_date": study.study_date,
        "description": study.description,
        "series": [
            {
                "modality": series.modality,
                "description": series.description,
                "instances": len(series.instances),
            }
            for series in study.series
        ],
    }


def _index_of(record: StudyRecord, message_id: str) -> str:
    study: Uid = record.study_instance_uid
    if record.pending is not None and record.pending.message_id == message_id:
        return archive.key_of(f"{study}/{message_id}-{record.pending.attempt}", archive.STUDY)
    if record.current is not None and record.current.message_id == message_id:
        return archive.key_of(record.current.intent_id, archive.STUDY)
    return ""
