"""The strict traits of an INS as keyed hashes: two reports are compared, nothing can be read back.

The five strict traits are those of the RNIV (identitovigilance): birth name, first birth given
name, birth date, sex, birth place. The secret is the tenant's; a hash is bound to the INS and to
the trait, so that two patients of one sex or of one day have nothing in common.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.identity.ins import Ins
    from functions.drimbox.identity.parties import Patient

# INSEE, code officiel géographique: department (2A and 2B in Corsica, 99 abroad) and commune.
BIRTH_PLACE: Final = re.compile(r"[0-9][0-9AB][0-9]{3}")
# HL7 AdministrativeGender "U": the sex is not known, which contradicts no sex.
_UNKNOWN_SEX: Final = "U"


def patient_key(ins: Ins, secret: bytes) -> str:
    """The key of one INS (matricule and OID), hex: it reveals nothing without ``secret``."""
    return _mark(secret, "ins", ins.oid, ins.value)


def marks_of(patient: Patient, secret: bytes) -> dict[str, str]:
    """Trait -> its keyed hash (hex), of the traits that the report says.

    Names are compared as the RNIV writes them (capitals, without accents, words apart): how a
    program writes a name is not the name.
    """
    said = {
        "birth_family": plain_name(patient.birth_family),
        "birth_given": plain_name(patient.birth_given),
        "birth_date": patient.birth_date,
        "sex": "" if patient.sex == _UNKNOWN_SEX else patient.sex,
        "birth_place": patient.birth_place.upper(),
    }
    ins = patient.ins
    return {
        trait: _mark(secret, trait, ins.oid, ins.value, value)
        for trait, value in said.items()
        if value
    }


def contradicted(known: Mapping[str, str], said: Mapping[str, str]) -> tuple[str, ...]:
    """The traits that both sides give, with different values."""
    return tuple(trait for trait, mark in said.items() if known.get(trait, mark) != mark)


def plain_name(text: str) -> str:
    """A name as the RNIV writes it: capitals without accents, words apart."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", letters.upper()))


def _mark(secret: bytes, *parts: str) -> str:
    return hmac.new(secret, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()
