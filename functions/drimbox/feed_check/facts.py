"""A check as plain facts (JSON values), the source of both its forms, JSON and HTML.

Everything that a message says may be in them, so their size is bounded whatever the message holds.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.feed_check import identity
from functions.drimbox.report.conditions import APPLICATION_TEXT, CONDITION_TEXT
from functions.drimbox.wording.held import HELD_REASONS
from functions.drimbox.wording.message_faults import MESSAGE_FAULTS, UNKNOWN, UNPUBLISHED, remedy

if TYPE_CHECKING:
    from datetime import datetime

    from functions.drimbox.errors import Held
    from functions.drimbox.feed_check.check import Answer, Check, Fault, Publication, Study
    from functions.drimbox.identity.parties import (
        Code,
        Identifier,
        Organisation,
        Patient,
        Professional,
    )
    from functions.drimbox.report.model import ClinicalDocument, Exam, MessageHeader, Visibility
    from functions.drimbox.report.order_change import OrderChange
    from functions.drimbox.report.reading import Reading
    from functions.drimbox.wording.text import Text

# Characters, over all facts: a report of a few pages whatever was sent. The acknowledgement, which
# is given whole and in two forms, is bounded by MSH and stands outside.
BUDGET: Final = 200_000
MAX_TEXT: Final = 2_000
# The cost of one value beside its characters: its name and its tags.
_OVERHEAD: Final = 40
CUT: Final = "…"


def describe(check: Check) -> dict[str, Any]:
    """The facts: ``answer``, ``faults``, ``read``, ``publication``; ``cut`` when any was cut."""
    facts = {
        "faults": map(_fault, check.faults),
        "publication": {"would": _would(check), **_publication(check.publication)},
        "read": {
            **_read(check.header, check.reading),
            "order_change": _order_change(check.order_change) if check.order_change else None,
        },
    }
    bounded = _Bound(BUDGET)
    return {
        "answer": _answer(check.answer, check.header),
        **bounded.of(facts),
        "cut": bounded.cut,
    }


class _Bound:
    """Cuts texts and lists once the bound is reached."""

    def __init__(self, budget: int) -> None:
        self._left = budget
        self.cut = False

    def of(self, value: Any) -> Any:
        """``value`` without its excess; the names of a dict always stay.

        Lists come as iterators: items that are left out are never made.
        """
        if isinstance(value, dict):
            return {name: self.of(one) for name, one in value.items()}
        if isinstance(value, Iterator):
            return self._list(value)
        self._left -= _OVERHEAD
        return self._text(value) if isinstance(value, str) else value

    def _list(self, values: Iterator[Any]) -> list[Any]:
        kept: list[Any] = []
        for one in values:
            if self._left <= 0:
                self.cut = True
                break
            kept.append(self.of(one))
        return kept

    def _text(self, text: str) -> str:
        room = max(0, min(MAX_TEXT, self._left))
        self._left -= min(len(text), room)
        if len(text) <= room:
            return text
        self.cut = True
        return text[:room] + CUT


def _answer(answer: Answer, header: MessageHeader | None) -> dict[str, Any]:
    return {
        "status": answer.status,
        "code": answer.code or None,
        "acknowledgement": answer.ack.decode(header.encoding) if header else None,
        "acknowledgement_base64": base64.b64encode(answer.ack).decode() if header else None,
    }


def _fault(fault: Fault) -> dict[str, Any]:
    words = MESSAGE_FAULTS.get(fault.code, UNKNOWN)
    return {
        "code": fault.code,
        "location": fault.location or None,
        "condition": fault.condition or None,
        "condition_text": CONDITION_TEXT.get(fault.condition),
        "application_code": fault.application_code or None,
        "application_text": APPLICATION_TEXT.get(fault.application_code),
        "detail": fault.detail,
        "answered": fault.answered,
        **_values(fault.value, fault.accepted),
        "words": words.by_language(),
        "todo": remedy(fault.code).by_language(),
        "clause": words.clause or None,
    }


def _would(check: Check) -> str:
    """The word for the end of the message: an Action, ``hold`` where a study at least would be
    held, ``look`` where the gateway would look at the images again, or ``nothing``."""
    publication = check.publication
    if publication.unpublished:
        return "look" if publication.unpublished == "order_change" else "nothing"
    return "hold" if any(study.hold for study in publication.studies) else str(check.reading.action)


def _publication(publication: Publication) -> dict[str, Any]:
    structure = publication.structure
    return {
        "published": not publication.unpublished,
        "reason": publication.unpublished or None,
        "words": UNPUBLISHED[publication.unpublished].by_language()
        if publication.unpublished
        else None,
        "structure": {"id": structure.id, "name": structure.name} if structure else None,
        "identity": identity.describe(publication.identity) if publication.identity else None,
        "confidentiality_codes": _codes(publication.confidentiality),
        "studies": map(_study, publication.studies),
        "holds": (
            {
                **_hold(one.held),
                "location": one.location,
                **_values(one.value, one.accepted),
                "studies": map(str, uids),
            }
            for one, uids in publication.holds
        ),
    }


def _values(value: str | None, accepted: Text | None) -> dict[str, Any]:
    return {"value": value, "accepted": accepted.by_language() if accepted else None}


def _study(study: Study) -> dict[str, Any]:
    return {
        "study_instance_uid": str(study.study_instance_uid),
        "hold": _hold(study.hold) if study.hold else None,
        "event_codes": _codes(study.event_codes),
        "reference_ids": (
            {"accession_number": accession, "values": iter(values)}
            for accession, values in study.references
        ),
    }


def _hold(held: Held) -> dict[str, Any]:
    advice = HELD_REASONS[held.code]
    return {
        "reason": held.code,
        "detail": held.detail or None,
        "words": advice.by_language(),
        "todo": advice.todo.by_language(),
    }


def _read(header: MessageHeader | None, reading: Reading) -> dict[str, Any]:
    document = reading.document
    return {
        "header": _header(header) if header else None,
        "action": str(reading.action) if reading.action else None,
        "flags": _flags(reading.visibility) if reading.visibility else None,
        "sender": _professional(reading.draft.sender) if reading.draft else None,
        "patient_class": (reading.draft.patient_class if reading.draft else "") or None,
        "document": _document(document) if document else None,
        "patient": _patient(document.patient) if document else None,
        "orders": (
            {"placer": _identifier(order.placer), "accession": _identifier(order.accession)}
            for order in (document.orders if document else ())
        ),
        "exams": map(_exam, document.exams if document else ()),
    }


def _order_change(order: OrderChange) -> dict[str, Any]:
    return {
        "ins": order.patient.value,
        "ins_oid": str(order.patient.oid),
        "studies": map(str, order.studies),
    }


def _header(header: MessageHeader) -> dict[str, Any]:
    return {
        "sending_application": header.sending_application,
        "sending_facility": header.sending_facility,
        "receiving_application": header.receiving_application,
        "receiving_facility": header.receiving_facility,
        "message_type": "^".join(header.event).rstrip("^"),
        "control_id": header.control_id,
        "processing_id": header.processing_id,
        "version": header.version,
        "character_set": header.encoding,
    }


def _flags(visibility: Visibility) -> dict[str, bool]:
    return {
        "MASQUE_PS": visibility.masked_to_professionals,
        "INVISIBLE_PATIENT": visibility.invisible_to_patient,
        "INVISIBLE_REP_LEGAUX": visibility.invisible_to_representatives,
        "CONNEXION_SECRETE": visibility.secret_connection,
        "MODIF_CONF_CODE": visibility.confidentiality_change_only,
        "DESTDMP": visibility.to_dmp,
    }


def _document(document: ClinicalDocument) -> dict[str, Any]:
    return {
        "id": _identifier(document.id),
        "set_id": _identifier(document.set_id),
        "version": document.version,
        "replaces": _identifier(document.replaces),
        "code": _code(document.code),
        "title": document.title,
        "effective_time": _time(document.effective_time),
        "confidentiality": document.confidentiality,
        "author": _professional(document.author),
        "legal_authenticator": _professional(document.legal_authenticator),
        "custodian": _organisation(document.custodian),
        "facility_type": _code(document.facility_type),
    }


def _patient(patient: Patient) -> dict[str, Any]:
    return {
        "ins": patient.ins.value,
        "ins_oid": str(patient.ins.oid),
        "local_ids": map(_identifier, patient.local_ids),
        "birth_family": patient.birth_family,
        "birth_given": patient.birth_given,
        "birth_givens": patient.birth_givens,
        "used_family": patient.used_family,
        "used_given": patient.used_given,
        "birth_date": patient.birth_date,
        "sex": patient.sex,
        "birth_place": patient.birth_place,
    }


def _exam(exam: Exam) -> dict[str, Any]:
    return {
        "study_instance_uid": str(exam.study_instance_uid),
        "act": _code(exam.act),
        "procedures": _codes(exam.procedures),
        "modalities": _codes(exam.modalities),
        "regions": _codes(exam.regions),
        "low": _time(exam.period.low),
        "high": _time(exam.period.high),
        "performer": _professional(exam.performer),
    }


def _professional(professional: Professional | None) -> dict[str, Any] | None:
    if professional is None:
        return None
    return {
        "identifier": professional.identifier,
        "family": professional.family,
        "given": professional.given,
        "profession": professional.profession,
        "specialty": professional.specialty,
        "organisation": _organisation(professional.organisation),
    }


def _organisation(organisation: Organisation | None) -> dict[str, Any] | None:
    if organisation is None:
        return None
    return {
        "structure_id": organisation.structure_id,
        "name": organisation.name,
        "practice_setting": _code(organisation.practice_setting),
    }


def _identifier(identifier: Identifier | None) -> dict[str, str] | None:
    if identifier is None:
        return None
    return {"root": identifier.root, "extension": identifier.extension}


def _codes(codes: Iterable[Code]) -> Iterator[dict[str, str] | None]:
    return map(_code, codes)


def _code(code: Code | None) -> dict[str, str] | None:
    if code is None:
        return None
    return {"code": code.code, "system": code.system, "display": code.display}


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
