"""The patients' DMP: open, closed or none, and whether the structures may consult it.

A patient whom nobody has described has an open DMP, and its consultation is authorised.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from simulators.dmp.errors import RegistryError
from simulators.dmp.identifiers import PatientId, read_patient_id

ANYBODY: Final = "*"
EXISTENCES: Final = frozenset({"open", "closed", "none"})
AUTHORIZATIONS: Final = frozenset({"valid", "absent", "expired", "refused"})
_TEXT: Final = re.compile(r"[^\x00-\x1f\x7f]{0,200}")
_DATE: Final = re.compile(r"|[0-9]{4}(?:[0-9]{2}){0,2}")
_SEXES: Final = frozenset({"", "M", "F", "UN"})
_MOST_GIVENS: Final = 20


class BadPatient(ValueError):
    """The description is none; the message names the field."""


@dataclass(frozen=True, slots=True)
class Traits:
    """The traits that the DMP gives; "" or () for one that it does not have.

    ``birth_date`` is YYYY, YYYYMM or YYYYMMDD, ``sex`` M, F or UN.
    """

    birth_family: str = ""
    used_family: str = ""
    givens: tuple[str, ...] = ()
    birth_date: str = ""
    sex: str = ""

    @classmethod
    def read(cls, facts: Any) -> Traits:
        """Check the JSON of a patient's traits. Raises :class:`BadPatient`."""
        if not isinstance(facts, dict) or set(facts) - set(cls.__slots__):
            raise BadPatient("traits")
        givens = facts.get("givens", [])
        if not isinstance(givens, list) or len(givens) > _MOST_GIVENS:
            raise BadPatient("traits.givens")
        families = [facts.get("birth_family", ""), facts.get("used_family", "")]
        for value in [*families, *givens]:
            if not isinstance(value, str) or not _TEXT.fullmatch(value):
                raise BadPatient("a name in traits")
        date, sex = facts.get("birth_date", ""), facts.get("sex", "")
        if not isinstance(date, str) or not _DATE.fullmatch(date):
            raise BadPatient("traits.birth_date")
        if not isinstance(sex, str) or sex not in _SEXES:
            raise BadPatient("traits.sex")
        return cls(**{**facts, "givens": tuple(givens)})


@dataclass(frozen=True, slots=True)
class Patient:
    """One patient's DMP. ``treating_doctor`` is a national identifier, "" for none; ANYBODY, as
    long as nothing is told, makes each reader the patient's treating doctor.
    """

    existence: str = "open"
    authorization: str = "valid"
    traits: Traits = Traits()
    treating_doctor: str = ANYBODY

    @classmethod
    def read(cls, facts: Any) -> tuple[PatientId, Patient]:
        """Check the JSON of ``POST /_sim/patients``. Raises :class:`BadPatient`."""
        if not isinstance(facts, dict):
            raise BadPatient("a JSON object is expected")
        if set(facts) - {"ins", "oid", *cls.__slots__}:
            raise BadPatient("a field that no patient has")
        who = read_patient_id(f"{facts.get('ins')}^^^&{facts.get('oid')}&ISO")
        if who is None:
            raise BadPatient("ins or oid")
        existence, authorization = facts.get("existence", "open"), facts.get("authorization")
        if existence not in EXISTENCES:
            raise BadPatient(f"existence is one of {', '.join(sorted(EXISTENCES))}")
        if authorization not in {*AUTHORIZATIONS, None}:
            raise BadPatient(f"authorization is one of {', '.join(sorted(AUTHORIZATIONS))}")
        traits = Traits.read(facts.get("traits", {}))
        doctor = facts.get("treating_doctor", ANYBODY)
        if not isinstance(doctor, str) or not _TEXT.fullmatch(doctor):
            raise BadPatient("treating_doctor")
        return who, cls(existence, authorization or "valid", traits, doctor)

    @classmethod
    def stored(cls, facts: dict[str, Any]) -> Patient:
        """The patient of :meth:`describe`."""
        traits = facts["traits"]
        return cls(**{**facts, "traits": Traits(**{**traits, "givens": tuple(traits["givens"])})})

    def describe(self) -> dict[str, Any]:
        """The patient as JSON."""
        return asdict(self)

    def authorized(self) -> Patient:
        """The patient once the structure has added its authorisation."""
        return replace(self, authorization="valid")


def refusal_of_access(patient: Patient) -> RegistryError | None:
    """Why nobody may consult this DMP now, None where a structure may.

    The codes are this simulator's own: annex A7-1 of the DMP's guide is not public.
    """
    code = refusal_code(patient)
    if code is None and patient.authorization != "valid":
        code = f"DMPAuthorization{patient.authorization.capitalize()}"
    return None if code is None else RegistryError(code, "the structure may not consult this DMP")


def refusal_code(patient: Patient) -> str | None:
    """The code of a DMP that is not open, None for an open one."""
    return {"none": "DMPNotFound", "closed": "DMPClosed"}.get(patient.existence)
