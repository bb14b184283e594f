"""A good contextual call, and changes of it."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote_plus

FORM: Final = ["application/x-www-form-urlencoded"]
MANDATORY: Final = {
    "Patient.identifier.value": "279035121518989",
    "Patient.identifier.system": "1.2.250.1.213.1.4.10",
    "Patient.name.family": "D'ESSAI-LÉVÊQUE",
    "Patient.name.given": "ANNE MARIE",
    "Patient.gender": "female",
    "Patient.birthDate": "1979-03-27",
    "Address.district": "63113",
    "InformationEtConsentement": "true",
    "PatientID": "IPP4711",
    "PatientIDIssuer": "AMBROISE&1.2.250.1.213.4.9.9&ISO",
}
OPTIONAL: Final = {
    "Situation": "1750803447",
    "StudyInstanceUID": "1.2.250.1.213.4.9.1.7",
    "Modality": "CT",
    "AccessionNumber": "ACN 42",
    "AccessionNumberIssuer": "1.2.250.1.213.4.9.2",
    "StudyDate": "20250101-20251231",
    "AnatomicRegion": "69536005",
}
WHOLE: Final = MANDATORY | OPTIONAL
FORMER: Final = "InformationEtOppositionConsultation"

Pairs = tuple[tuple[str, str], ...]


def pairs(base: dict[str, str] | None = None, **changes: str | None) -> Pairs:
    """The pairs of a call; ``changes`` by name with ``_`` for ``.``, None leaves a pair out."""
    named = {name.replace("_", "."): value for name, value in changes.items()}
    made = {**(MANDATORY if base is None else base), **named}
    return tuple((name, value) for name, value in made.items() if value is not None)


def body(written: Pairs) -> bytes:
    """The pairs as a browser writes them."""
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in written).encode()
