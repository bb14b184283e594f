"""One publication, whole: its state and reason, the message's content, its history.

This shows the patient's data: to an operator who is permitted to view, and each time audited.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, assert_never

from functions.drimbox.errors import MessageError, ObjectUnservable
from functions.drimbox.oid import Uid
from functions.drimbox.operations import segments
from functions.drimbox.operations.afterwards import afterwards
from functions.drimbox.operations.beforehand import former_of, ordered_by
from functions.drimbox.operations.choosing import Choosing
from functions.drimbox.operations.comparing import compare
from functions.drimbox.operations.entries import entry_of
from functions.drimbox.operations.in_the_way import in_the_way
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.operations.queue import (
    describe_entry,
    describe_outcome,
    describe_study,
    describe_wait,
)
from functions.drimbox.publication import archive
from functions.drimbox.publication.imported import is_held_for
from functions.drimbox.publication.known_traits import divergence_of
from functions.drimbox.publication.message_entry import Outcome
from functions.drimbox.publication.messages import (
    Message,
    OrderChangeMessage,
    RejectionNoteMessage,
    RepairMessage,
    ReportMessage,
    SiteAcceptedMessage,
    WithdrawalMessage,
    load_judged,
    load_override,
)
from functions.drimbox.publication.replayable import replayable_studies
from functions.drimbox.publication.waiting.parked import parked_studies
from functions.drimbox.study import codec
from functions.drimbox.tenants.model import Permission
from functions.drimbox.wording.message_faults import MESSAGE_FAULTS, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from functions.drimbox.ports import Listing
    from functions.drimbox.publication.known_traits import KnownTraits
    from functions.drimbox.publication.message_entry import MessageEntry, StudyOutcome
    from functions.drimbox.publication.overrides import Decision
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.publication.record import StudyRecord
    from functions.drimbox.report.model import Report
    from functions.drimbox.study.index import StudyIndex


def view(
    site: Site, shelf: Listing, known: KnownTraits, caller: Caller, message_id: str
) -> dict[str, Any]:
    """The publication; texts of HL7, CDA and DICOM in it are plain text, to be shown as such.

    ``kind`` is ``report``, ``order_change``, ``rejection_note`` (the PACS's) or ``withdrawal`` (an
    operator's). ``shelf`` lists the archive, ``known`` are the tenant's patients. Raises Forbidden
    without the permission ``view``, Absent when the publication is unknown.
    """
    operator = demand(site.audit, caller, Permission.VIEW)
    entry = entry_of(site, message_id)
    message = load_judged(site, message_id)
    seen, patient = _message(message, known)
    site.audit.record(
        "publication.viewed",
        key=f"{message_id}/{caller.request_id}",
        result="shown",
        who=operator.subject,
        facts={"message_id": message_id, **({"ins": patient} if patient else {})},
    )
    records = {study: site.records.get(study) for study in entry.studies}
    later, parked = afterwards(records.__getitem__, entry), parked_studies(site, entry)
    choosing, made = Choosing.of(site, entry, message), overrides(site, entry)
    replayable = replayable_studies(site, entry, site.clock.now())
    return {
        **describe_entry(site, entry, records.__getitem__),
        "validated_at": entry.validated_at.isoformat() if entry.validated_at else None,
        "studies": [
            {
                "study_instance_uid": str(study),
                **describe_study(outcome, later.get(study)),
                **ordered_by(site, later.get(study)),
                **former_of(site, shelf, entry, study),
                **describe_wait(parked.get(study)),
                "replayable": study in replayable,
                **_place(site, records[study], choosing, message),
                **_next_replay(choosing, study, made),
                **_standing(records[study], message_id, outcome),
                **_sides(_indexed(site, records[study], entry, outcome), message),
                "unservable": _unservable(site, records[study], message_id, outcome),
                **_imported(site, study, outcome),
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
        "overrides": made,
        "undoing": str(choosing.undoing),
        **seen,
    }


def _place(
    site: Site,
    record: StudyRecord,
    choosing: Choosing,
    message: Message | SiteAcceptedMessage,
) -> dict[str, Any]:
    """The study beside an operator's choice, and the publication in its way: the one that holds it,
    or that brought a later version of the report."""
    study = record.study_instance_uid
    told: dict[str, Any] = {"overridable": choosing.may_be_chosen_for(study)}
    if study in choosing.former:
        told["stand_in"] = str(choosing.former[study])
    if places := [named for named, chosen in choosing.former.items() if chosen == study]:
        told["stands_for"] = str(places[0])
    if other := in_the_way(site, choosing.entry, record, message):
        told["taken_by"] = other
    return told


def _next_replay(
    choosing: Choosing, study: Uid, made: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The effect of the next replay, of a study whose choice was taken back; empty of others."""
    before = {Uid(chosen) for one in made for chosen in one["studies"].values()}
    effect = choosing.next_replay(study, before)
    return {} if effect is None else {"next_replay": str(effect)}


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
                "identity": {
                    str(study): {"reason": one.reason, "traits": list(one.traits)}
                    for study, one in override.identity.items()
                },
                "decision": _decision(override.decision),
                "released": {
                    str(study): {
                        "reason": one.reason,
                        "establishment": one.site,
                        "imported_at": one.imported_at.isoformat(),
                    }
                    for study, one in override.released.items()
                },
            }
        )
    return found


def _decision(decision: Decision | None) -> dict[str, Any] | None:
    if decision is None:
        return None
    traits = list(decision.traits)
    return {"keep": decision.keep, "reason": decision.reason, "traits": traits}


def _message(
    message: Message | SiteAcceptedMessage, known: KnownTraits
) -> tuple[dict[str, Any], str]:
    """The message's content, and its patient (INS, "" where it names none)."""
    match message:
        case SiteAcceptedMessage(raw=raw, fault=fault):
            return {"kind": str(message.kind), **_faulty(raw, fault)}, ""
        case ReportMessage(raw=raw, report=report):
            shown = {
                "kind": "report",
                "action": str(report.action),
                "message": segments.parse(raw),
                "report": _report(report),
                **_divergence(known, report),
            }
            return shown, report.document.patient.ins.value
        case OrderChangeMessage(raw=raw, order=order) | RepairMessage(raw=raw, order=order):
            return {"kind": "order_change", "message": segments.parse(raw)}, order.patient.value
        case RejectionNoteMessage(note=note):
            rejected = {str(study): sorted(map(str, objs)) for study, objs in note.rejected.items()}
            return {"kind": "rejection_note", "rejected": rejected}, ""
        case WithdrawalMessage(order=order):
            asked = {"ordered_by": order.who, "ordered_at": order.at.isoformat()}
            asked |= {"reason": order.reason} if order.reason else {}
            return {"kind": "withdrawal", **asked}, ""
        case _:
            assert_never(message)


def _faulty(raw: bytes, fault: MessageError) -> dict[str, Any]:
    """The fault for which the gateway would refuse a message, and its segments if they can be told
    apart."""
    words = MESSAGE_FAULTS.get(fault.code, UNKNOWN).by_language()
    told = {"code": fault.code, "location": fault.location, "detail": fault.detail, "words": words}
    try:
        message = segments.parse(raw)
    except MessageError:
        message = {"segments": [], "complete": False}
    return {"fault": told, "message": message}


def _divergence(known: KnownTraits, report: Report) -> dict[str, Any]:
    """Several sets of traits that stand for the patient's INS; empty where there is one at most."""
    found = divergence_of(known, report.document.patient)
    if found is None:
        return {}
    return {
        "known_traits": {
            "sets": found.sets,
            "revision": found.before.revision,
            "differing": list(found.differing),
            "decidable": found.is_decidable,
        }
    }


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


def _standing(record: StudyRecord, message_id: str, outcome: StudyOutcome) -> dict[str, Any]:
    """The study's record: the manifest in force, and this message's pending change; or another
    one's, where this message waits for its end."""
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
            "contested": list(pending.contested.traits) if pending.contested else [],
        }
    elif pending is not None and _is_waiting(outcome):
        standing["waits_for"] = pending.message_id
    return standing


def _is_waiting(outcome: StudyOutcome) -> bool:
    """Whether the end of another change lets this one go on; a study that is over, set aside or
    held for a reason of its own waits for none."""
    return outcome.outcome is Outcome.IN_PROGRESS or outcome.reason == "change_pending"


def _indexed(
    site: Site, record: StudyRecord, entry: MessageEntry, outcome: StudyOutcome
) -> StudyIndex | None:
    """The study as the PACS gave it to this publication's last try, None while it has not."""
    intent = _intent_of(record, entry.message_id)
    if not intent:
        return None
    held = outcome.outcome is Outcome.HELD
    names = (*([archive.differing(entry.replays)] if held else []), archive.STUDY)
    found = (site.archive.get(archive.key_of(intent, name)) for name in names)
    kept = next((one for one in found if one is not None), None)
    return None if kept is None else codec.decode(kept)


def _sides(study: StudyIndex | None, message: Message | SiteAcceptedMessage) -> dict[str, Any]:
    """The images, and a report beside them."""
    report = message.report if isinstance(message, ReportMessage) else None
    return {
        "images": None if study is None else _images(study),
        "compared": [] if study is None or report is None else compare(report, study),
    }


def _images(study: StudyIndex) -> dict[str, Any]:
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


def _unservable(
    site: Site, record: StudyRecord, message_id: str, outcome: StudyOutcome
) -> list[str]:
    """The SOP Instance UIDs for which the study is held, none where it is not."""
    intent = _intent_of(record, message_id)
    if outcome.reason != ObjectUnservable.code or not intent:
        return []
    kept = site.archive.get(archive.key_of(intent, archive.UNSERVABLE))
    return json.loads(kept) if kept is not None else []


def _imported(site: Site, study: Uid, outcome: StudyOutcome) -> dict[str, Any]:
    """``{"imported": {"establishment": …, "at": …}}`` of a study that is held since it was
    imported, as long as it is remembered; empty otherwise."""
    known = site.imported.get(study) if is_held_for(outcome) else None
    if known is None:
        return {}
    return {"imported": {"establishment": known.site, "at": known.at.isoformat()}}


def _intent_of(record: StudyRecord, message_id: str) -> str:
    """The archive's folder of this publication's last attempt, "" where it has none."""
    if record.pending is not None and record.pending.message_id == message_id:
        return f"{record.study_instance_uid}/{message_id}-{record.pending.attempt}"
    if record.current is not None and record.current.message_id == message_id:
        return record.current.intent_id
    return ""
