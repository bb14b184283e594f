"""One patient in the whole message: PID against itself and against the CDA's recordTarget.

Compared strictly: the INS (matricule and OID), and each other identifier whose assigning OID both
sides have. Not compared: the traits (PID-5, 7, 8, 11 against the CDA's name, birthTime…), whose
writing legitimately differs between the two (case, accents, used name), an identifier of PID-3
without OID, or of an OID that the CDA does not have; PRT-8 against the CDA's structures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from functions.drimbox.identity.ins import Ins, is_ins_oid
from functions.drimbox.identity.parties import Identifier, Patient
from functions.drimbox.oid import Oid
from functions.drimbox.report.conditions import INS_DIFFERS, NO_INS, Condition
from functions.drimbox.report.segment import Segment

QUALIFIED: Final = "VALI"
_INS_TYPE: Final = "INS"
_INS_AUTHORITY: Final = "ASIP-SANTE-INS"


@dataclass(frozen=True, slots=True)
class PatientIdentifiers:
    """PID-3: the INS, and the other identifiers that name their assigning authority's OID."""

    ins: Ins
    local_ids: tuple[Identifier, ...]


def read_patient_identifiers(pid: Segment) -> PatientIdentifiers:
    """PID-3, each repetition chosen by the OID of its authority (CX.4.2), never by its position.

    Raises MessageError at PID-3: ``ins_missing`` (903); ``ins_unknown_oid`` when an identifier
    says it is an INS under an OID that is none; ``ins_invalid`` for a wrong form or key, or two
    different INS.
    """
    found: dict[Identifier, Ins] = {}
    local_ids: list[Identifier] = []
    for repetition in pid.repetitions(3):
        identifier = Identifier(
            pid.text(3, 4, 2, repetition=repetition), pid.text(3, repetition=repetition)
        )
        if is_ins_oid(identifier.root):
            found[identifier] = _ins(pid, identifier)
        elif _says_ins(pid, repetition):
            raise pid.error(
                "ins_unknown_oid",
                3,
                Condition.TABLE_VALUE,
                "the OID of the INS is not one of an INS",
            )
        elif identifier.root and identifier.extension:
            local_ids.append(identifier)
    if not found:
        raise pid.error("ins_missing", 3, Condition.REQUIRED_FIELD, "PID-3 has no INS", NO_INS)
    if len(found) > 1:
        raise pid.error("ins_invalid", 3, Condition.APPLICATION, "PID-3 has more than one INS")
    return PatientIdentifiers(next(iter(found.values())), tuple(local_ids))


def _ins(pid: Segment, identifier: Identifier) -> Ins:
    try:
        return Ins(identifier.extension, Oid(identifier.root))
    except ValueError as error:
        raise pid.error("ins_invalid", 3, Condition.DATA_TYPE, f"PID-3: {error}") from None


def _says_ins(pid: Segment, repetition: int) -> bool:
    authority = pid.text(3, 4, repetition=repetition)
    return pid.text(3, 5, repetition=repetition) == _INS_TYPE or authority.startswith(
        _INS_AUTHORITY
    )


def require_qualified(pid: Segment) -> None:
    """PID-32 says VALI and nothing else: only a qualified identity goes to the DMP (annexe INS).

    Raises MessageError ``identity_not_qualified`` at PID-32.
    """
    statuses = {pid.text(32, repetition=n) for n in pid.repetitions(32)} - {""}
    if statuses != {QUALIFIED}:
        raise pid.error(
            "identity_not_qualified",
            32,
            Condition.APPLICATION if statuses else Condition.REQUIRED_FIELD,
            "PID-32 does not say that the identity is qualified",
        )


def check_same_patient(pid: Segment, identifiers: PatientIdentifiers, patient: Patient) -> None:
    """PID-3 and recordTarget name the same person.

    Raises MessageError at PID-3: ``ins_mismatch`` (904) or ``patient_id_mismatch``.
    """
    if identifiers.ins != patient.ins:
        raise pid.error(
            "ins_mismatch",
            3,
            Condition.APPLICATION,
            "the INS of PID-3 is not that of recordTarget",
            INS_DIFFERS,
        )
    roots = {identifier.root for identifier in patient.local_ids}
    for identifier in identifiers.local_ids:
        if identifier.root in roots and identifier not in patient.local_ids:
            raise pid.error(
                "patient_id_mismatch",
                3,
                Condition.APPLICATION,
                "a local identifier of PID-3 is not that of recordTarget",
            )
