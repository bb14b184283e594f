"""TD0.2: whether a patient has a DMP, and whether the structure may consult it.

HL7 V3 PRPA_IN201307UV02 (reasonCode TEST_EXST), answered by PRPA_IN201308UV02. The reading fails
closed: an answer that says a thing twice, with a code that is not known, or about another INS or
question is unreadable, and never an authorisation.
"""

from __future__ import annotations

import re
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import quoteattr

from functions.drimbox.dmp.soap import AnswerUnreadable, safe_code
from functions.drimbox.errors import DmpRefused
from functions.drimbox.identity.ins import is_ins_oid
from functions.drimbox.oid import uid_of
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from lxml import etree

    from functions.drimbox.identity.ins import Ins
    from functions.drimbox.oid import Oid

HL7V3: Final = "urn:hl7-org:v3"
ACTION: Final = "urn:hl7-org:v3:PRPA_IN201307UV02"
REASON: Final = "TEST_EXST"
_REASON_SYSTEM: Final = "1.2.250.1.213.1.1.4.11"
_DMP: Final = "1.2.250.1.213.4.1.1.1"
_KEYWORDS: Final = "1.2.250.1.213.4.1.2.6.1"
_AUTHORIZATIONS: Final = "1.2.250.1.213.4.1.2.6.2"
_MOST_CODES: Final = 20
_LONGEST_TRAIT: Final = 256
_DAY: Final = re.compile(r"[0-9]{4}(?:[0-9]{2}){0,2}")
_SEXES: Final = {"": "", "M": "M", "F": "F", "UN": "U"}


class Existence(StrEnum):
    """The state of a patient's DMP."""

    OPEN = "open"
    CLOSED = "closed"
    NONE = "none"


class Authorization(StrEnum):
    """The structure's authorisation to consult a DMP; the patient refused it where REFUSED."""

    VALID = "valid"
    ABSENT = "absent"
    EXPIRED = "expired"
    REFUSED = "refused"


_STATUS: Final = {"active": Existence.OPEN, "terminated": Existence.CLOSED}
# VALIDE stands in the official sample; the others as a homologated vendor names them, and in the
# gender of VALIDE. None of them opens anything.
_AUTHORIZATION: Final = {
    "VALIDE": Authorization.VALID,
    "NON_EXISTE": Authorization.ABSENT,
    "INEXISTANTE": Authorization.ABSENT,
    "EXPIRE": Authorization.EXPIRED,
    "EXPIREE": Authorization.EXPIRED,
    "INTERDIT": Authorization.REFUSED,
    "INTERDITE": Authorization.REFUSED,
}


@frozen
class RecordTraits:
    """The traits that the DMP holds, "" or () for one that it does not give.

    ``birth_family``: a family name that is not said to be a used one. ``givens``: in order, without
    those said to be used ones. ``birth_date``: YYYY, YYYYMM or YYYYMMDD. ``sex``: M, F or U.
    """

    birth_family: str = ""
    used_family: str = ""
    givens: tuple[str, ...] = ()
    birth_date: str = ""
    sex: str = ""

    def __repr__(self) -> str:
        return "RecordTraits(…)"


@frozen
class PatientRecord:
    """The DMP's answer: ``authorization`` and ``traits`` are None unless the DMP is open."""

    existence: Existence
    authorization: Authorization | None = None
    traits: RecordTraits | None = field(default=None, repr=False)


@frozen
class Question:
    """One question about ``patient``; ``message`` and ``query`` are UUIDs, ``sender`` the OID of
    the asking system.
    """

    patient: Ins
    sender: Oid
    message: str
    query: str


def ask(question: Question, at: datetime) -> bytes:
    """PRPA_IN201307UV02 as one element, without declaration; ``at`` is in UTC."""
    ins = question.patient
    return (
        f'<PRPA_IN201307UV02 ITSVersion="XML_1.0" xmlns="{HL7V3}">'
        f'<id root="{uid_of(question.message)}"/>'
        f'<creationTime value="{at:%Y%m%d%H%M%S}"/>'
        '<interactionId root="2.16.840.1.113883.1.6" extension="PRPA_IN201307UV02"/>'
        '<processingCode code="P"/><processingModeCode code="T"/><acceptAckCode code="AL"/>'
        f"{_party('receiver', 'RCV', _DMP, 'DMP')}"
        f"{_party('sender', 'SND', question.sender, 'DRIMbox')}"
        '<controlActProcess classCode="CACT" moodCode="EVN">'
        f'<reasonCode code="{REASON}" codeSystem="{_REASON_SYSTEM}" '
        'displayName="Test d\'existence de dossier"/>'
        f'<queryByParameter><queryId root="{uid_of(question.query)}"/>'
        '<statusCode code="new"/><parameterList><patientIdentifier>'
        f"<value root={quoteattr(ins.oid)} extension={quoteattr(ins.value)}/>"
        "<semanticsText>Patient.id</semanticsText></patientIdentifier></parameterList>"
        "</queryByParameter></controlActProcess></PRPA_IN201307UV02>"
    ).encode()


def _party(name: str, kind: str, oid: str, software: str) -> str:
    return (
        f'<{name} typeCode="{kind}"><device classCode="DEV" determinerCode="INSTANCE">'
        f'<id root="{oid}"/><softwareName>{software}</softwareName></device></{name}>'
    )


def read(answer: etree._Element, question: Question) -> PatientRecord:
    """The answer to ``question``. Raises AnswerUnreadable; DmpRefused where the DMP says that it
    did not answer.
    """
    if answer.tag != _name("PRPA_IN201308UV02"):
        raise AnswerUnreadable("not a PRPA_IN201308UV02")
    acknowledgement = _only(answer, "acknowledgement")
    if acknowledgement.get("typeCode") in {"AE", "AR"}:
        raise DmpRefused(_refusals(acknowledgement))
    if acknowledgement.get("typeCode") != "AA":
        raise AnswerUnreadable("an acknowledgement of no known kind")
    _same(acknowledgement, "targetMessage/id", question.message)
    act = _only(answer, "controlActProcess")
    if any(_code(one) != REASON for one in _all(act, "reasonCode")):
        raise AnswerUnreadable("the answer to another question")
    _same(act, "queryAck/queryId", question.query)
    response = _code(_only(_only(act, "queryAck"), "queryResponseCode"))
    if response in {"AE", "QE"}:
        raise DmpRefused((response,))
    if response == "NF":
        if _all(act, "subject"):
            raise AnswerUnreadable("no DMP, and a patient")
        return PatientRecord(Existence.NONE)
    if response != "OK":
        raise AnswerUnreadable("a response code that is not known")
    event = _only(_only(act, "subject"), "registrationEvent")
    return _record(answer, _only(_only(event, "subject1"), "patient"), question.patient)


def _record(answer: etree._Element, patient: etree._Element, ins: Ins) -> PatientRecord:
    named = [(one.get("root"), one.get("extension")) for one in _all(patient, "id")]
    if [one for one in named if is_ins_oid(one[0] or "")] != [(ins.oid, ins.value)]:
        raise AnswerUnreadable("the answer is about another INS, or about several")
    existence = _STATUS.get(_code(_only(patient, "statusCode")))
    if existence is None:
        raise AnswerUnreadable("a state of the DMP that is not known")
    if existence is Existence.CLOSED:
        return PatientRecord(existence)
    return PatientRecord(existence, _authorization(answer), _traits(patient))


def _authorization(answer: etree._Element) -> Authorization:
    lines = [
        line
        for line in _all(answer, "attentionLine")
        for key in _all(line, "keyWordText")
        if key.get("code") == "AUTORISATION"
    ]
    if len(lines) != 1:
        raise AnswerUnreadable("not exactly one authorisation")
    key, value = _only(lines[0], "keyWordText"), _only(lines[0], "value")
    found = _AUTHORIZATION.get(_code(value))
    if key.get("codeSystem") != _KEYWORDS or value.get("codeSystem") != _AUTHORIZATIONS:
        raise AnswerUnreadable("an authorisation of another code system")
    if found is None:
        raise AnswerUnreadable("an authorisation that is not known")
    return found


def _traits(patient: etree._Element) -> RecordTraits:
    persons = _all(patient, "patientPerson")
    if len(persons) > 1:
        raise AnswerUnreadable("several persons")
    if not persons:
        return RecordTraits()
    [person] = persons
    families, givens = list(_names(person, "family")), list(_names(person, "given"))
    return RecordTraits(
        birth_family=_one([text for text, kinds in families if "SP" not in kinds]),
        used_family=_one([text for text, kinds in families if "SP" in kinds]),
        givens=tuple(text for text, kinds in givens if "CL" not in kinds),
        birth_date=_day(person),
        sex=_sex(person),
    )


def _names(person: etree._Element, part: str) -> Iterator[tuple[str, list[str]]]:
    """The texts of that part of the names, each with its qualifiers (HL7 V3 EN)."""
    for name in _all(person, "name"):
        for one in _all(name, part):
            text = " ".join((one.text or "").split())
            if len(text) > _LONGEST_TRAIT or len(one):
                raise AnswerUnreadable("a name that is no short text")
            if text:
                yield text, one.get("qualifier", "").split()


def _one(values: list[str]) -> str:
    if len(set(values)) > 1:
        raise AnswerUnreadable("a trait twice")
    return values[0] if values else ""


def _day(person: etree._Element) -> str:
    value = _one([one.get("value", "") for one in _all(person, "birthTime")])
    day = value[:8]
    if value and (not _DAY.fullmatch(day) or not value.isalnum()):
        raise AnswerUnreadable("a birth date that is none")
    return day


def _sex(person: etree._Element) -> str:
    code = _one([_code(one) for one in _all(person, "administrativeGenderCode")])
    if code not in _SEXES:
        raise AnswerUnreadable("a sex that is not known")
    return _SEXES[code]


def _refusals(acknowledgement: etree._Element) -> tuple[str, ...]:
    """The DMP's own codes; the text beside them is not kept, since it may name the patient."""
    codes = [
        safe_code(_code(code))
        for detail in _all(acknowledgement, "acknowledgementDetail")[:_MOST_CODES]
        for code in _all(detail, "code")[:1]
    ]
    return tuple(codes) or (str(acknowledgement.get("typeCode")),)


def _same(parent: etree._Element, path: str, asked: str) -> None:
    """Require that the answer names our own identifier wherever it names one."""
    steps = "/".join(_name(step) for step in path.split("/"))
    for one in parent.findall(steps):
        if one.get("root") != uid_of(asked):
            raise AnswerUnreadable("the answer to another question")


def _name(local: str) -> str:
    return f"{{{HL7V3}}}{local}"


def _all(parent: etree._Element, local: str) -> list[etree._Element]:
    return parent.findall(_name(local))


def _only(parent: etree._Element, local: str) -> etree._Element:
    found = _all(parent, local)
    if len(found) != 1:
        raise AnswerUnreadable(f"not exactly one {local}")
    return found[0]


def _code(element: etree._Element) -> str:
    """The code, "" where a null flavour stands beside it."""
    return "" if "nullFlavor" in element.attrib else element.get("code", "")
