"""The parameters of a contextual call: names, duties, and how each value is read.

Names are those of the DRIMbox specification 4.6.1, letter for letter. The specification that we
know fixes no form for most values: decision 0054 says which forms are read, and why no other is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from functions.drimbox.identity.ins import Ins, is_ins_oid
from functions.drimbox.identity.traits import BIRTH_PLACE
from functions.drimbox.oid import Oid, Uid
from functions.drimbox.values import frozen

# Any kind serves to check the key of a matricule: the key does not depend on it.
_ANY_KIND: Final = Oid("1.2.250.1.213.1.4.8")
# A value that holds one was not split into its parts (HL7 v2.5 2.7; names: PS3.5 6.2).
_SEPARATORS: Final = frozenset("|^~\\&")
_NAME_SEPARATORS: Final = _SEPARATORS | {"="}
_DAY: Final = re.compile(r"([0-9]{4})(?:([0-9]{2})([0-9]{2})|-([0-9]{2})-([0-9]{2}))")
_DAYS: Final = re.compile(r"([0-9]{8})?-([0-9]{8})?")
_MODALITY: Final = re.compile(r"[A-Z]{2,16}")
_CODE: Final = re.compile(r"[A-Za-z0-9]{1,18}")
_STRUCTURE: Final = re.compile(r"[0-9A-Za-z]{9,20}")
# FHIR AdministrativeGender, HL7 table 0001, and the INSi's "I" (not determined).
_SEXES: Final = {
    "male": "M",
    "m": "M",
    "female": "F",
    "f": "F",
    "other": "O",
    "o": "O",
    "unknown": "U",
    "u": "U",
    "i": "U",
}
_CONSENTS: Final = {
    **dict.fromkeys(("true", "1", "oui", "yes", "o", "y"), True),
    **dict.fromkeys(("false", "0", "non", "no", "n"), False),
}

# ``read`` gives the value, or raises ValueError (KeyError for a word of no table).
Reader = Callable[[str], Any]


@frozen
class Parameter:
    """One parameter. ``field`` is the fact that it states: two names of one fact exclude each
    other. ``fault`` is the code of a value that ``read`` refuses; ``longest`` is in characters.
    """

    name: str
    field: str
    mandatory: bool
    read: Reader
    fault: str
    longest: int


def _text(value: str) -> str:
    return value


def _without(separators: frozenset[str]) -> Reader:
    def read(value: str) -> str:
        if separators & set(value):
            raise ValueError("not split into its parts")
        return value

    return read


def _matricule(value: str) -> str:
    return Ins(value, _ANY_KIND).value


def _kind(value: str) -> Oid:
    if not is_ins_oid(value):
        raise ValueError("not the OID of an INS")
    return Oid(value)


def _sex(value: str) -> str:
    return _SEXES[value.lower()]


def _consent(value: str) -> bool:
    return _CONSENTS[value.lower()]


def _day(value: str) -> date:
    written = _DAY.fullmatch(value)
    if written is None:
        raise ValueError("not a day")
    return date(*(int(part) for part in written.groups() if part))


def _birth_date(value: str) -> str:
    return _day(value).isoformat().replace("-", "")


def _days(value: str) -> tuple[date | None, date | None]:
    """One day, or a range of days as DICOM writes it (PS3.4 C.2.2.2.5.1), both ends included."""
    if (written := _DAYS.fullmatch(value)) is None:
        one = _day(value)
        return one, one
    first, last = (None if end is None else _day(end) for end in written.groups())
    if first is None and last is None:
        raise ValueError("no end at all")
    if first and last and first > last:
        raise ValueError("the end is before the start")
    return first, last


def _of(form: re.Pattern[str]) -> Reader:
    def read(value: str) -> str:
        if not form.fullmatch(value):
            raise ValueError("of another form")
        return value

    return read


PARAMETERS: Final[tuple[Parameter, ...]] = (
    Parameter("Patient.identifier.value", "matricule", True, _matricule, "call_ins", 15),
    Parameter("Patient.identifier.system", "kind", True, _kind, "call_ins_system", 64),
    Parameter(
        "Patient.name.family",
        "birth_family",
        True,
        _without(_NAME_SEPARATORS),
        "call_patient_name",
        100,
    ),
    Parameter(
        "Patient.name.given",
        "birth_given",
        True,
        _without(_NAME_SEPARATORS),
        "call_patient_name",
        100,
    ),
    Parameter("Patient.gender", "sex", True, _sex, "call_gender", 16),
    Parameter("Patient.birthDate", "birth_date", True, _birth_date, "call_birth_date", 10),
    Parameter("Address.district", "birth_place", True, _of(BIRTH_PLACE), "call_birth_place", 5),
    Parameter("InformationEtConsentement", "consent", True, _consent, "call_consent", 8),
    # The former name of the same statement.
    Parameter("InformationEtOppositionConsultation", "consent", True, _consent, "call_consent", 8),
    Parameter("PatientID", "local_id", True, _without(_SEPARATORS), "call_identifier", 64),
    # PID-3.4 whole, as ANS encourages, or any text that names the issuer: no form is fixed.
    Parameter("PatientIDIssuer", "local_issuer", True, _text, "call_identifier", 256),
    Parameter("Situation", "situation", False, _of(_STRUCTURE), "call_situation", 20),
    # Former optional parameters: callers still send them.
    Parameter("StudyInstanceUID", "study", False, Uid, "call_study", 64),
    Parameter("Modality", "modality", False, _of(_MODALITY), "call_modality", 16),
    Parameter("AccessionNumber", "accession", False, _without(_SEPARATORS), "call_identifier", 64),
    Parameter("AccessionNumberIssuer", "accession_issuer", False, _text, "call_identifier", 256),
    Parameter("StudyDate", "days", False, _days, "call_study_date", 17),
    Parameter("AnatomicRegion", "region", False, _of(_CODE), "call_region", 18),
)
BY_NAME: Final = {one.name: one for one in PARAMETERS}
