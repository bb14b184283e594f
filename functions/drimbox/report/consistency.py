"""One patient in the whole message: PID against itself and against the CDA's recordTarget.

Compared strictly: the INS (matricule and OID), and each other identifier whose assigning OID both
sides have. Not compared: the traits (PID-5, 7, 8, 11 against the CDA's name, birthTime…), whose
writing legitimately differs between the two (case, accents, used name), an identifier of PID-3
without OID, or of an OID that the CDA does not have; PRT-8 against the CDA's structures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.identity.ins import INS_C_OIDS, Ins, is_ins_oid, may_be_ins
from functions.drimbox.identity.parties import Identifier, Patient
from functions.drimbox.oid import Oid
from functions.drimbox.report.conditions import INS_DIFFERS, NO_INS, Condition
from functions.drimbox.report.period import days, has_ended, has_started
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import date

    from functions.drimbox.report.segment import Repetition, Segment

QUALIFIED: Final = "VALI"
_INS_TYPE: Final = "INS"
_INS_AUTHORITY: Final = "ASIP-SANTE-INS"
# The calculated and the random INS, retired in 2020, as types and as endings of the authority.
_RETIRED: Final = frozenset({"INS-C", "INS-A"})
_RETIRED_AUTHORITIES: Final = frozenset(f"ASIP-SANTE-{kind}" for kind in _RETIRED)
# PID-31: "" and N say nothing against PID-32.
_KNOWN_IDENTITY: Final = frozenset({"", "N"})


@frozen
class PatientIdentifiers:
    """PID-3: the INS, and the other identifiers that name their assigning authority's OID."""

    ins: Ins
    local_ids: tuple[Identifier, ...]


def read_patient_identifiers(pid: Segment, today: date | None) -> PatientIdentifiers:
    """PID-3, each repetition chosen by the OID of its authority (CX.4.2), never by its position.

    ``today`` is the day of MSH-7, None when it names none. An identifier whose end (CX.8) is past
    is history: it is left out, whatever it is. An INS whose start (CX.7) is to come is none yet; a
    local identifier is compared all the same. A retired INS (INS-C) is an identifier like another,
    and so is a social security number.

    Raises MessageError at PID-3: ``ins_missing`` (903); ``ins_unknown_oid`` when an identifier
    says it is an INS under an OID that is none, or has an unknown OID of the national arc;
    ``ins_invalid`` for a wrong form, key or period, or two different INS;
    ``too_many_repetitions``.
    """
    found: dict[Identifier, Ins] = {}
    local_ids: list[Identifier] = []
    for repetition in pid.repetitions(3):
        if has_ended(repetition.whole(8), today):
            continue
        identifier = Identifier(repetition.text(4, 2), repetition.whole())
        if is_ins_oid(identifier.root):
            if _in_force(pid, repetition, today):
                found[identifier] = _ins(pid, identifier)
        elif may_be_ins(identifier.root) or _says_ins(repetition):
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
        raise pid.error("ins_invalid", 3, Condition.CARDINALITY, "PID-3 has more than one INS")
    return PatientIdentifiers(next(iter(found.values())), tuple(local_ids))


def _in_force(pid: Segment, ins: Repetition, today: date | None) -> bool:
    """Whether the period of an INS has begun; one that cannot be judged makes it invalid."""
    end = ins.whole(8)
    try:
        if end and (today is None or days(end)[1] < today):
            raise ValueError("no end to come")
        return has_started(ins.whole(7), today)
    except ValueError:
        detail = "PID-3: the period of the INS cannot be judged"
        raise pid.error("ins_invalid", 3, Condition.DATA_TYPE, detail) from None


def _ins(pid: Segment, identifier: Identifier) -> Ins:
    try:
        return Ins(identifier.extension, Oid(identifier.root))
    except ValueError as error:
        raise pid.error("ins_invalid", 3, Condition.DATA_TYPE, f"PID-3: {error}") from None


def _says_ins(identifier: Repetition) -> bool:
    """Whether its type (CX.5) or authority (CX.4.1) calls an identifier an INS, and no retired one.

    A type INS beside the authority of a retired one is no INS under an OID of the INS-C alone.
    """
    kind, authority = identifier.whole(5).upper(), identifier.text(4).upper()
    if kind in _RETIRED:
        return False
    if authority in _RETIRED_AUTHORITIES and identifier.text(4, 2) in INS_C_OIDS:
        return False
    is_type = kind == _INS_TYPE or kind.startswith(f"{_INS_TYPE}-")
    is_authority = authority.startswith(_INS_AUTHORITY) and authority not in _RETIRED_AUTHORITIES
    return is_type or is_authority


def require_known(pid: Segment) -> None:
    """PID-31 (identity unknown) does not contradict PID-32.

    Raises MessageError ``identity_not_qualified``; ``too_many_repetitions``.
    """
    if any(one.alone().upper() not in _KNOWN_IDENTITY for one in pid.repetitions(31)):
        raise pid.error(
            "identity_not_qualified",
            31,
            Condition.TABLE_VALUE,
            "PID-31 says that the identity is unknown",
        )


def require_validated(pid: Segment) -> None:
    """PID-32 says VALI and nothing else: only a qualified identity goes to the DMP (annexe INS).

    Raises MessageError ``identity_not_qualified``; ``too_many_repetitions``.
    """
    statuses = {one.alone() for one in pid.repetitions(32)} - {""}
    if statuses != {QUALIFIED}:
        raise pid.error(
            "identity_not_qualified",
            32,
            Condition.TABLE_VALUE if statuses else Condition.REQUIRED_FIELD,
            "PID-32 does not say that the identity is qualified",
        )


def check_same_ins(pid: Segment, identifiers: PatientIdentifiers, patient: Patient) -> None:
    """PID-3 and recordTarget have the same INS; MessageError ``ins_mismatch`` (904) at PID-3."""
    if identifiers.ins != patient.ins:
        raise pid.error(
            "ins_mismatch",
            3,
            Condition.OTHER,
            "the INS of PID-3 is not that of recordTarget",
            INS_DIFFERS,
        )


def check_local_ids(pid: Segment, identifiers: PatientIdentifiers, patient: Patient) -> None:
    """PID-3 and recordTarget name the same local identifiers, where both sides have that OID.

    Raises MessageError ``patient_id_mismatch`` at PID-3.
    """
    roots = {identifier.root for identifier in patient.local_ids}
    for identifier in identifiers.local_ids:
        if identifier.root in roots and identifier not in patient.local_ids:
            raise pid.error(
                "patient_id_mismatch",
                3,
                Condition.OTHER,
                "a local identifier of PID-3 is not that of recordTarget",
            )
