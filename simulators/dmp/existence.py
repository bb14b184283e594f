"""TD0.2: the test of existence, PRPA_IN201307UV02 and its answer (HL7 V3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from simulators.dmp.errors import RegistryError
from simulators.dmp.identifiers import INS_OIDS, OID, PatientId
from simulators.dmp.markup import children, name, parse, text
from simulators.dmp.patients import Patient, Traits
from simulators.dmp.soap import SoapFault

_DMP: Final = "1.2.250.1.213.4.1.1.1"
_REASONS: Final = "1.2.250.1.213.1.1.4.11"
_INTERACTION: Final = {"root": "2.16.840.1.113883.1.6", "extension": "PRPA_IN201307UV02"}
_AUTHORIZATIONS: Final = {
    "valid": "VALIDE",
    "absent": "NON_EXISTE",
    "expired": "EXPIRE",
    "refused": "INTERDIT",
}
_STATUS: Final = {"open": "active", "closed": "terminated"}


@dataclass(frozen=True, slots=True)
class Question:
    """A test of existence as it was asked: its patient, and the identifiers to give back."""

    patient: PatientId
    message: dict[str, str]
    query: dict[str, str]
    sender: str


def read_question(payload: etree._Element) -> Question:
    """Read PRPA_IN201307UV02. Raises :class:`SoapFault` for anything but a test of existence."""
    if payload.tag != name("hl7:PRPA_IN201307UV02"):
        raise SoapFault("the body is not a PRPA_IN201307UV02")
    if payload.get("ITSVersion") != "XML_1.0":
        raise SoapFault("ITSVersion is not XML_1.0")
    for local, expected in (
        ("interactionId", _INTERACTION),
        ("processingModeCode", {"code": "T"}),
        ("acceptAckCode", {"code": "AL"}),
    ):
        _require(_only(payload, local), local, expected)
    if _only(payload, "processingCode").get("code") not in {"P", "D", "T"}:
        raise SoapFault("processingCode is none of P, D, T")
    created = _only(payload, "creationTime").get("value", "")
    if not (created.isascii() and created.isdigit() and len(created) in {8, 14}):
        raise SoapFault("creationTime is not a time")
    _require(_path(payload, "receiver", "device", "id"), "receiver", {"root": _DMP})
    sender = _path(payload, "sender", "device", "id").get("root", "")
    if not OID.fullmatch(sender):
        raise SoapFault("the sender's device has no OID")
    act = _only(payload, "controlActProcess")
    reason = {"code": "TEST_EXST", "codeSystem": _REASONS}
    _require(_only(act, "reasonCode"), "reasonCode", reason)
    query = _only(act, "queryByParameter")
    _require(_only(query, "statusCode"), "statusCode", {"code": "new"})
    identifier = _path(query, "parameterList", "patientIdentifier")
    if text(_only(identifier, "semanticsText")) != "Patient.id":
        raise SoapFault("semanticsText is not Patient.id")
    value = _only(identifier, "value")
    patient = PatientId(value.get("extension", ""), value.get("root", ""))
    if patient.oid not in INS_OIDS or not patient.value:
        raise SoapFault("the patient is not asked for by a national identity")
    ids = [_identifier(_only(payload, "id")), _identifier(_only(query, "queryId"))]
    return Question(patient, ids[0], ids[1], sender)


def answer(
    question: Question, patient: Patient, at: datetime, new_uuid: Callable[[], UUID]
) -> etree._Element:
    """PRPA_IN201308UV02 about that patient."""
    if patient.existence == "none":
        return _message(question, at, new_uuid(), "AA", act=_act(question, "", "NF"))
    code = _AUTHORIZATIONS[patient.authorization]
    lines = (
        '<attentionLine><keyWordText code="AUTORISATION" codeSystem="1.2.250.1.213.4.1.2.6.1"/>'
        f'<value xsi:type="CV" code="{code}" codeSystem="1.2.250.1.213.4.1.2.6.2"/>'
        "</attentionLine>"
        '<attentionLine><keyWordText code="STATUT_MT" codeSystem="1.2.250.1.213.4.1.2.6.3"/>'
        '<value xsi:type="BL" value="false"/></attentionLine>'
    )
    who = question.patient
    subject = (
        '<subject typeCode="SUBJ" contextConductionInd="false">'
        '<registrationEvent classCode="REG" moodCode="EVN"><statusCode code="completed"/>'
        f'<subject1 typeCode="SBJ"><patient classCode="PAT">'
        f"<id root={quoteattr(who.oid)} extension={quoteattr(who.value)}/>"
        f'<statusCode code="{_STATUS[patient.existence]}"/>{_person(patient.traits)}</patient>'
        '</subject1><custodian typeCode="CST"><assignedEntity classCode="ASSIGNED">'
        f'<id root="{_DMP}"/></assignedEntity></custodian></registrationEvent></subject>'
    )
    act = _act(question, subject, "OK")
    return _message(question, at, new_uuid(), "AA", lines=lines, act=act)


def refusal(
    question: Question, errors: Sequence[RegistryError], at: datetime, new_uuid: Callable[[], UUID]
) -> etree._Element:
    """PRPA_IN201308UV02 that says why there is no answer."""
    details = "".join(
        f'<acknowledgementDetail typeCode="E"><code code={quoteattr(error.code)}/>'
        f"<text>{escape(error.context)}</text></acknowledgementDetail>"
        for error in errors
    )
    act = _act(question, "", "AE")
    return _message(question, at, new_uuid(), "AE", details=details, act=act)


def _message(
    question: Question,
    at: datetime,
    identifier: UUID,
    acknowledged: str,
    *,
    lines: str = "",
    details: str = "",
    act: str,
) -> etree._Element:
    return parse(
        (
            '<PRPA_IN201308UV02 xmlns="urn:hl7-org:v3" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ITSVersion="XML_1.0">'
            f'<id root="{identifier}"/><creationTime value="{at:%Y%m%d%H%M%S}"/>'
            '<interactionId root="2.16.840.1.113883.1.6" extension="PRPA_IN201308UV02"/>'
            '<processingCode code="P"/><processingModeCode code="T"/><acceptAckCode code="NE"/>'
            f"{_party('receiver', 'RCV', question.sender)}{_party('sender', 'SND', _DMP)}{lines}"
            f'<acknowledgement typeCode="{acknowledged}"><targetMessage>'
            f"{_id('id', question.message)}</targetMessage>{details}</acknowledgement>"
            f"{act}</PRPA_IN201308UV02>"
        ).encode()
    )


def _act(question: Question, subject: str, response: str) -> str:
    return (
        '<controlActProcess classCode="CACT" moodCode="EVN">'
        f'<reasonCode code="TEST_EXST" codeSystem="{_REASONS}"/>{subject}'
        f'<queryAck>{_id("queryId", question.query)}<queryResponseCode code="{response}"/>'
        "</queryAck></controlActProcess>"
    )


def _party(local: str, kind: str, oid: str) -> str:
    return (
        f'<{local} typeCode="{kind}"><device classCode="DEV" determinerCode="INSTANCE">'
        f'<id root="{oid}"/></device></{local}>'
    )


def _id(local: str, attributes: dict[str, str]) -> str:
    listed = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{local}{listed}/>"


def _person(traits: Traits) -> str:
    if traits == Traits():
        return ""
    names = "".join(f"<given>{escape(one)}</given>" for one in traits.givens)
    for value, qualifier in ((traits.birth_family, "BR"), (traits.used_family, "SP")):
        if value:
            names += f'<family qualifier="{qualifier}">{escape(value)}</family>'
    sex = f'<administrativeGenderCode code="{traits.sex}"/>' if traits.sex else ""
    birth = f'<birthTime value="{traits.birth_date}"/>' if traits.birth_date else ""
    return (
        '<patientPerson classCode="PSN" determinerCode="INSTANCE">'
        f"<name>{names}</name>{sex}{birth}</patientPerson>"
    )


def _only(parent: etree._Element, local: str) -> etree._Element:
    found = children(parent, f"hl7:{local}")
    if len(found) != 1:
        raise SoapFault(f"not exactly one {local}")
    return found[0]


def _path(parent: etree._Element, *steps: str) -> etree._Element:
    for step in steps:
        parent = _only(parent, step)
    return parent


def _require(element: etree._Element, what: str, attributes: dict[str, str]) -> None:
    if any(element.get(key) != value for key, value in attributes.items()):
        raise SoapFault(f"{what} is not that of a test of existence")


def _identifier(element: etree._Element) -> dict[str, str]:
    """An II to give back: an OID or a UUID, and an extension where it has one."""
    root, extension = element.get("root", ""), element.get("extension")
    if not root:
        raise SoapFault("an identifier without a root")
    return {"root": root} if extension is None else {"root": root, "extension": extension}
