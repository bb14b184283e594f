"""PID against itself and against recordTarget: chosen by OID, qualified, the same patient."""

from __future__ import annotations

import pytest

from functions.drimbox.errors import MessageError
from functions.drimbox.report.consistency import read_patient_identifiers, require_qualified
from functions.drimbox.report.hl7 import read_message
from functions.drimbox.report.reading import read_report
from functions.drimbox.report.segment import Segment
from tests.drimbox.report.build import (
    INS,
    INS_OID,
    IPP_OID,
    PATIENT_IDS,
    cda,
    ins,
    message,
    patient,
)

INS_CX = f"{INS}^^^ASIP-SANTE-INS-NIR&{INS_OID}&ISO^INS"
IPP_CX = f"IPP101^^^AUT&{IPP_OID}&ISO^PI"


def pid(third: str, status: str = "VALI") -> Segment:
    return read_message(message(PID={3: third, 32: status})).single("PID")


@pytest.mark.parametrize(
    "third",
    [
        f"{INS_CX}~{IPP_CX}",
        f"{IPP_CX}~{INS_CX}",
        f"{INS_CX}^^20210101~{IPP_CX}~{INS_CX}",
        f"{INS}^^^&{INS_OID}&ISO^NH~{IPP_CX}",
    ],
)
def test_identifiers_are_chosen_by_oid(third: str) -> None:
    identifiers = read_patient_identifiers(pid(third))
    assert identifiers.ins.value == INS
    assert [(i.root, i.extension) for i in identifiers.local_ids] == [(IPP_OID, "IPP101")]


@pytest.mark.parametrize(
    "other", ["6270^^^AUT^PI", f"^^^AUT&{IPP_OID}&ISO^PI", "6270^^^AUT-AFFECTATION&&^PI", ""]
)
def test_an_identifier_without_oid_or_value_is_not_compared(other: str) -> None:
    assert read_patient_identifiers(pid(f"{INS_CX}~{other}")).local_ids == ()
    assert read_report(message(PID={3: f"{INS_CX}~{other}"})).document.patient.ins.value == INS


def test_corsican_and_nia_identities_are_read() -> None:
    for value, oid in (
        (ins("279032A121518"), INS_OID),
        (ins("1800175000001"), "1.2.250.1.213.1.4.9"),
    ):
        found = read_patient_identifiers(pid(f"{value}^^^X&{oid}&ISO^INS")).ins
        assert (found.value, found.oid) == (value, oid)


@pytest.mark.parametrize(
    ("third", "code", "condition"),
    [
        (IPP_CX, "ins_missing", 101),
        (f"{INS}^^^AUT&1.2.3&ISO^INS", "ins_unknown_oid", 103),
        (f"{INS}^^^ASIP-SANTE-INS-NIR&1.2.3&ISO^NH", "ins_unknown_oid", 103),
        (f"{INS}^^^ASIP-SANTE-INS-NIA^INS", "ins_unknown_oid", 103),
        (f"{INS}^^^^INS~{INS_CX}", "ins_unknown_oid", 103),
        (f"27903512151898^^^X&{INS_OID}&ISO^INS", "ins_invalid", 102),
        (f"^^^X&{INS_OID}&ISO^INS", "ins_invalid", 102),
        (f"{INS_CX}~{ins('1800175000001')}^^^X&{INS_OID}&ISO^INS", "ins_invalid", 207),
        (f"{INS_CX}~{INS}^^^X&1.2.250.1.213.1.4.8&ISO^INS", "ins_invalid", 207),
    ],
)
def test_a_wrong_ins_is_refused(third: str, code: str, condition: int) -> None:
    with pytest.raises(MessageError) as caught:
        read_patient_identifiers(pid(third))
    error = caught.value
    assert (error.code, error.location, error.condition) == (code, "PID^1^3", condition)
    assert INS not in error.detail


@pytest.mark.parametrize("status", ["VALI", "VALI~VALI", "~VALI"])
def test_a_qualified_identity(status: str) -> None:
    require_qualified(pid(INS_CX, status))
    assert read_report(message(PID={32: status})).document.exams


@pytest.mark.parametrize("status", ["", "PROV", "VIDE", "QUAL", "vali", "VALI~DOUT", "VALI~FICT"])
def test_anything_else_is_not_qualified(status: str) -> None:
    with pytest.raises(MessageError) as caught:
        require_qualified(pid(INS_CX, status))
    assert (caught.value.code, caught.value.location) == ("identity_not_qualified", "PID^1^32")


@pytest.mark.parametrize(
    ("third", "ids"),
    [
        (INS_CX, f'<id root="{INS_OID}" extension="{INS}"/>'),
        (f"{INS_CX}~{IPP_CX}", f'<id root="{INS_OID}" extension="{INS}"/>'),
        (
            f"{INS_CX}~{IPP_CX}",
            f'<id root="1.2.3" extension="A"/><id root="{INS_OID}" extension="{INS}"/>',
        ),
        (
            f"{INS_CX}~{IPP_CX}",
            f'<id root="{IPP_OID}" extension="OLD"/>{PATIENT_IDS}',
        ),
    ],
)
def test_local_identifiers_are_compared_where_both_have_the_oid(third: str, ids: str) -> None:
    raw = message(PID={3: third}, document=cda(patient=patient(ids)))
    assert read_report(raw).document.patient.ins.value == INS


def test_the_same_matricule_under_another_oid_is_another_ins() -> None:
    ids = f'<id root="1.2.250.1.213.1.4.8" extension="{INS}"/>'
    with pytest.raises(MessageError) as caught:
        read_report(message(document=cda(patient=patient(ids))))
    assert (caught.value.code, caught.value.application_code) == ("ins_mismatch", "904")


def test_traits_are_not_compared() -> None:
    raw = message(PID={5: "Pat-Trois^Dominique^^^^^D", 7: "19800101", 8: "M"})
    assert read_report(raw).document.patient.birth_date == "19790328"
