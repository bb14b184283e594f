"""PID against itself and against recordTarget: chosen by OID, qualified, the same patient."""

from __future__ import annotations

from datetime import date

import pytest

from functions.drimbox.errors import MessageError
from functions.drimbox.report.consistency import (
    read_patient_identifiers,
    require_validated,
)
from functions.drimbox.report.hl7 import read_message
from functions.drimbox.report.reading import read_report
from functions.drimbox.report.segment import Segment
from tests.drimbox.report.build import (
    INS,
    INS_OID,
    IPP_OID,
    cda,
    ins,
    message,
    patient,
)

TODAY = date(2024, 1, 2)  # MSH-7 of the messages
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
    identifiers = read_patient_identifiers(pid(third), TODAY)
    assert identifiers.ins.value == INS
    assert [(i.root, i.extension) for i in identifiers.local_ids] == [(IPP_OID, "IPP101")]


@pytest.mark.parametrize(
    "other", ["6270^^^AUT^PI", f"^^^AUT&{IPP_OID}&ISO^PI", "6270^^^AUT-AFFECTATION&&^PI", ""]
)
def test_an_identifier_without_oid_or_value_is_not_compared(other: str) -> None:
    assert read_patient_identifiers(pid(f"{INS_CX}~{other}"), TODAY).local_ids == ()
    assert read_report(message(PID={3: f"{INS_CX}~{other}"})).document.patient.ins.value == INS


def test_corsican_and_nia_identities_are_read() -> None:
    for value, oid in (
        (ins("279032A121518"), INS_OID),
        (ins("1800175000001"), "1.2.250.1.213.1.4.9"),
    ):
        found = read_patient_identifiers(pid(f"{value}^^^X&{oid}&ISO^INS"), TODAY).ins
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
        (f"{INS_CX}~{ins('1800175000001')}^^^X&{INS_OID}&ISO^INS", "ins_invalid", 198),
        (f"{INS_CX}~{INS}^^^X&1.2.250.1.213.1.4.8&ISO^INS", "ins_invalid", 198),
        (f"{INS_CX}~1^^^ASIP-SANTE-INS-C&1.2.250.1.213.1.4.99&ISO^INS", "ins_unknown_oid", 103),
        (f"{INS_CX}~1^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.2&ISO^INS", "ins_unknown_oid", 103),
        (f"{INS_CX}~1^^^ASIP-SANTE-INS-X&1.2.3&ISO^PI", "ins_unknown_oid", 103),
        (f"{INS_CX}~1^^^asip-sante-ins-nir&1.2.3&ISO^PI", "ins_unknown_oid", 103),
        (f"{INS_CX}~1^^^X&1.2.3&ISO^INS-NIR", "ins_unknown_oid", 103),
        (f"{INS_CX}~1^^^X&1.2.250.1.213.1.4.99&ISO^PI", "ins_unknown_oid", 103),
        (f"{INS_CX}~1^^^X&1.2.250.1.213.1.4.13&ISO^INS", "ins_unknown_oid", 103),
        (f"{INS_CX}~1^^^X&1.2.3&ISO^ins", "ins_unknown_oid", 103),
        (f"{INS}&1^^^X&{INS_OID}&ISO^INS", "ins_invalid", 102),
        (f"{INS_CX}^^^20240101", "ins_missing", 101),
        (f"{INS_CX}^^^2023", "ins_missing", 101),
        (f"{INS_CX}^^20240104", "ins_missing", 101),
        (f"{INS_CX}^^20241301", "ins_invalid", 102),
        (f"{INS_CX}^^hier", "ins_invalid", 102),
        (f"{INS_CX}^^^20240230", "ins_invalid", 102),
        (f"{INS_CX}^^^2023&", "ins_invalid", 102),
        (f"{INS_CX}~" + "~".join(["1"] * 100), "too_many_repetitions", 198),
    ],
)
def test_a_wrong_ins_is_refused(third: str, code: str, condition: int) -> None:
    with pytest.raises(MessageError) as caught:
        read_patient_identifiers(pid(third), TODAY)
    error = caught.value
    assert (error.code, error.location, error.condition) == (code, "PID^1^3", condition)
    assert INS not in error.detail


@pytest.mark.parametrize(
    "third",
    [
        f"{INS_CX}^^20240103",
        f"{INS_CX}^^2024^2024",
        f"{INS_CX}^^20200101^20240102",
        f'{INS_CX}^^""^""',
        f"{INS_CX}~{ins('1800175000001')}^^^X&{INS_OID}&ISO^INS^^20200101^20231231235959.9+0100",
        f"{INS_CX}~{INS}^^^X&1.2.3&ISO^INS^^^202312",
        f"{INS_CX}~{ins('1800175000001')}^^^X&{INS_OID}&ISO^INS^^20300101",
    ],
)
def test_the_ins_in_force_is_taken(third: str) -> None:
    assert read_patient_identifiers(pid(third), TODAY).ins.value == INS


def test_a_start_is_not_judged_without_the_messages_day_and_an_end_makes_an_ins_invalid() -> None:
    assert read_patient_identifiers(pid(f"{INS_CX}^^20300101"), None).ins.value == INS
    with pytest.raises(MessageError) as caught:
        read_patient_identifiers(pid(f"{INS_CX}^^^20300101"), None)
    assert caught.value.code == "ins_invalid"


@pytest.mark.parametrize(
    "retired",
    [
        "1234567890123456789012^^^ASIP-SANTE-INS-C&1.2.250.1.213.1.4.2&ISO^INS-C",
        "1234567890123456789012^^^ASIP-SANTE-INS-C&1.2.250.1.213.1.4.2&ISO^INS",
        "1234567890123456789012^^^&1.2.250.1.213.1.4.2&ISO^ins-c",
        "1234567890123456789012^^^ASIP-SANTE-INS-A&1.2.3&ISO^INS-A",
        "1234567890123456789012^^^ASIP-SANTE-INS-C&1.2.3&ISO^PI",
        "1234567890123456789012^^^ASIP-SANTE-INS-C&1.2.250.1.213.1.4.6&ISO^NH",
        "1234567890123456789012^^^ASIP-SANTE-INS-C&1.2.250.1.213.1.4.7&ISO^INS",
        "279035121518989^^^X&1.2.250.1.213.1.4.13&ISO^SS",
        "279035121518989^^^X&1.2.250.1.213.1.4.14&ISO^NH",
        "1234567890123456789012^^^ASIP-SANTE-INS-C^INS-C",
    ],
)
def test_a_retired_ins_is_an_identifier_like_another(retired: str) -> None:
    third = f"{retired}^^20150215~{INS_CX}~{IPP_CX}"
    assert read_report(message(PID={3: third})).document.patient.ins.value == INS
    with pytest.raises(MessageError) as caught:
        read_patient_identifiers(pid(retired), TODAY)
    assert caught.value.code == "ins_missing"


@pytest.mark.parametrize("end", ["20240101", "2023", "202312", "20231231235959+0100", "19991231"])
def test_a_local_identifier_whose_end_is_past_is_not_compared(end: str) -> None:
    old = f"IPP0077^^^AUT&{IPP_OID}&ISO^PI^^20100101^{end}"
    assert read_report(message(PID={3: f"{INS_CX}~{IPP_CX}~{old}"})).document.exams


@pytest.mark.parametrize(
    "period",
    [
        "",
        "^",
        "^20240102",
        "^2024",
        "^202401",
        "^20300101",
        "^20230230",
        "^hier",
        '^""',
        "20300101^",
    ],
)
def test_a_local_identifier_is_compared_until_its_end_is_past_for_certain(period: str) -> None:
    other = f"IPP0077^^^AUT&{IPP_OID}&ISO^PI^^{period}"
    with pytest.raises(MessageError) as caught:
        read_report(message(PID={3: f"{INS_CX}~{IPP_CX}~{other}"}))
    assert (caught.value.code, caught.value.location) == ("patient_id_mismatch", "PID^1^3")


def test_without_the_messages_day_no_end_is_past() -> None:
    old = f"IPP0077^^^AUT&{IPP_OID}&ISO^PI^^^19991231"
    with pytest.raises(MessageError) as caught:
        read_report(message(MSH={7: "42"}, PID={3: f"{INS_CX}~{IPP_CX}~{old}"}))
    assert caught.value.code == "patient_id_mismatch"


@pytest.mark.parametrize("unknown", ["Y", "X", "N~Y", "N^Y"])
def test_pid_31_must_not_contradict_the_qualification(unknown: str) -> None:
    raw = message(PID={31: unknown})
    with pytest.raises(MessageError) as caught:
        read_report(raw)
    assert (caught.value.code, caught.value.location) == ("identity_not_qualified", "PID^1^31")
    assert read_report(message(PID={31: "n"})).document.exams


@pytest.mark.parametrize("status", ["VALI", "VALI~VALI", "~VALI", "VALI^"])
def test_a_qualified_identity(status: str) -> None:
    require_validated(pid(INS_CX, status))
    assert read_report(message(PID={32: status})).document.exams


@pytest.mark.parametrize(
    "status",
    ["", "PROV", "VIDE", "QUAL", "vali", "VALI~DOUT", "VALI~FICT", "VALI^PROV", "VALI&PROV"],
)
def test_anything_else_is_not_qualified(status: str) -> None:
    with pytest.raises(MessageError) as caught:
        require_validated(pid(INS_CX, status))
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
