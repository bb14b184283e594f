"""The patient of a document, beside that of the page: one difference hides it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.consultation.document_patient import (
    Comparison,
    DocumentPatient,
    compare,
    of_cda,
    of_entry,
    split,
)
from functions.drimbox.safe_xml import parse
from tests.drimbox.consultation.histories import exam
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.consultation.shown_reports import BIRTH, INS, NAME, PLACE, clinical_document

OURS = DocumentPatient(
    ins=frozenset({(CALL.ins.value, str(CALL.ins.oid))}),
    birth_families=("Pat Trois",),
    birth_givens=("DOMINIQUE MARIE",),
    birth_date="19790327",
    sex="F",
    birth_place="63113",
)


def cda(ids: str = INS, person: str = NAME + BIRTH + PLACE, times: int = 1) -> DocumentPatient:
    role = f"<patientRole>{ids}<patient>{person}</patient></patientRole>"
    target = f"<recordTarget>{role}</recordTarget>" * times
    return of_cda(parse(clinical_document(target)))


def test_the_same_patient_agrees() -> None:
    for document in (OURS, cda()):
        assert compare(document, CALL) == Comparison((), ())
        assert compare(document, CALL).agrees
    assert "PAT" not in repr(OURS)


@pytest.mark.parametrize(
    ("trait", "changes"),
    [
        ("ins", {"ins": frozenset({("179035121518944", str(CALL.ins.oid))})}),
        ("ins", {"ins": OURS.ins | {("179035121518944", str(CALL.ins.oid))}}),
        ("ins", {"ins": frozenset({(CALL.ins.value, "1.2.250.1.213.1.4.8")})}),
        ("birth_family", {"birth_families": ("PATTROIS",)}),
        ("birth_family", {"birth_families": ("PAT-TROIS", "AUTRE")}),
        ("birth_given", {"birth_givens": ("MARIE DOMINIQUE",)}),
        ("birth_given", {"birth_givens": ("DOMINIQUETTE",)}),
        ("birth_given", {"birth_givens": ("Dominique-Marie",)}),
        ("birth_given", {"birth_givens": ("DOMINIQUE \u2011 MARIE",)}),
        ("birth_given", {"birth_givens": ("DOMINIQUE", "DOMINIQUE-MARIE")}),
        ("birth_date", {"birth_date": "19790328"}),
        ("sex", {"sex": "M"}),
        ("birth_place", {"birth_place": "63114"}),
    ],
)
def test_one_different_trait_is_told_and_hides_the_document(
    trait: str, changes: dict[str, Any]
) -> None:
    found = compare(replace(OURS, **changes), CALL)
    assert found == Comparison((trait,), ())
    assert not found.agrees


@pytest.mark.parametrize(
    ("trait", "changes", "agrees"),
    [
        ("ins", {"ins": frozenset(), "birth_givens": ("Dominique",)}, True),
        ("sex", {"sex": ""}, True),
        ("birth_place", {"birth_place": ""}, True),
        ("birth_family", {"birth_families": ()}, False),
        ("birth_given", {"birth_givens": ()}, False),
        ("birth_date", {"birth_date": ""}, False),
    ],
)
def test_a_document_that_does_not_say_whose_it_is_is_not_shown(
    trait: str, changes: dict[str, Any], *, agrees: bool
) -> None:
    found = compare(replace(OURS, **changes), CALL)
    assert found == Comparison((), (trait,))
    assert found.agrees is agrees


@pytest.mark.parametrize(
    ("page", "document", "with_ins", "without"),
    [
        ("MARIE", "Marie", True, True),
        ("MARIE", "Marie-Claire", False, False),
        ("MARIE", "MARIE CLAIRE", True, False),
        ("MARIE-CLAIRE", "Marie Claire", True, True),
        ("MARIE-CLAIRE", "Marie", False, False),
        ("JEAN-PIERRE", "JEAN PIERRE PAUL", True, False),
        ("JEAN-PIERRE", "JEAN-PIERRE PAUL", True, False),
        ("JEAN", "", False, False),
    ],
)
def test_twins_with_composed_given_names(
    page: str, document: str, *, with_ins: bool, without: bool
) -> None:
    call, told = replace(CALL, birth_given=page), replace(OURS, birth_givens=(document,))
    assert compare(told, call).agrees is with_ins
    assert compare(replace(told, ins=frozenset()), call).agrees is without


def test_an_unknown_sex_or_place_of_the_call_contradicts_none() -> None:
    assert compare(OURS, replace(CALL, sex="U")).different == ()
    assert compare(OURS, replace(CALL, birth_place="")).untold == ("birth_place",)


def test_names_are_those_of_birth() -> None:
    used = '<family qualifier="CL">AUTRE</family><given qualifier="CL">AUTRE</given>'
    bare = "<family>PAT-TROIS</family><given>DOMINIQUE MARIE</given><given>MARIE</given>"
    both = cda(person=f"<name>{used}{bare}</name>{BIRTH}")
    assert (both.birth_families, both.birth_givens) == (("PAT-TROIS",), ("DOMINIQUE MARIE",))
    alone = cda(person=f"<name>{used}<family/></name>{BIRTH}")
    assert (alone.birth_families, alone.birth_givens) == ((), ())
    several = cda(person=f'<name><family qualifier="BR SP">X</family></name>{BIRTH}')
    assert several.birth_families == ("X",)


def test_a_document_of_no_one_patient_tells_none() -> None:
    assert cda(times=2) == cda(times=0) == DocumentPatient()
    assert cda(ids='<id root="1.2.3" extension="IPP"/>', person="") == DocumentPatient()
    assert cda(person='<birthTime nullFlavor="UNK"/>').birth_date == ""


def test_an_entry_s_own_traits() -> None:
    told = ("PID-5|PAT-TROIS^DOMINIQUE^^^^^L~AUTRE^X", "PID-7|19790327", "PID-8|F")
    found = of_entry(told)
    assert compare(found, CALL) == Comparison((), ("ins", "birth_place"))
    assert of_entry(()) == of_entry(("PID-5|", "PID-X|", "other")) == DocumentPatient()


@given(st.lists(st.text(max_size=20)))
def test_any_lines_are_read(lines: list[str]) -> None:
    assert isinstance(of_entry([f"PID-5|{one}" for one in lines]), DocumentPatient)


@given(at=st.integers(0, 600), cut=st.integers(1, 40))
def test_a_document_with_a_piece_cut_out_is_never_another_s(at: int, cut: int) -> None:
    whole = f"<patientRole>{INS}<patient>{NAME}{BIRTH}{PLACE}</patient></patientRole>"
    piece = whole[: at % len(whole)] + whole[at % len(whole) + cut :]
    data = clinical_document(f"<recordTarget>{piece}</recordTarget>")
    try:
        found = compare(of_cda(parse(data)), CALL)
    except ValueError:
        return
    assert isinstance(found.agrees, bool)


def test_the_birth_name_of_an_entry_is_that_of_type_l() -> None:
    (line,) = ["PID-5|UTILISE^MARIE^^^^^D~PAT-TROIS^DOMINIQUE^MARIE^^^^L"]
    found = of_entry((line,))
    assert (found.birth_families, found.birth_givens) == (("PAT-TROIS",), ("DOMINIQUE",))


@pytest.mark.parametrize(
    ("told", "is_own"),
    [
        ((), True),
        (("PID-5|PAT-TROIS^DOMINIQUE^^^^^L", "PID-7|19790327", "PID-8|F"), True),
        (("PID-5|PAT-TROIS^DOMINIQUE^^^^^L",), True),
        (("PID-5|DUPONT^DOMINIQUE^^^^^L",), False),
        (("PID-5|PAT-TROIS^JEAN^^^^^L",), False),
        (("PID-7|20010101",), False),
        (("PID-8|M",), False),
    ],
)
def test_an_entry_that_contradicts_the_patient_is_left_out_and_counted(
    told: tuple[str, ...], is_own: bool
) -> None:
    ours, one = exam("1", "2026"), exam("2", "2026", source_patient_info=told)
    assert split([ours, one], CALL) == (((ours, one), 0) if is_own else ((ours,), 1))
