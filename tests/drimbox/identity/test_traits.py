"""Strict traits as keyed hashes: the same person whatever the writing, nothing to read back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.identity.ins import Ins
from functions.drimbox.identity.parties import Patient
from functions.drimbox.identity.traits import contradicted, marks_of, patient_key
from functions.drimbox.oid import Oid

SECRET = b"of one tenant"
INS = Ins("279035121518989", Oid("1.2.250.1.213.1.4.10"))
PATIENT = Patient(
    ins=INS,
    local_ids=(),
    birth_family="DE L'ÉTANG-MŒRÈS",
    birth_given="ANAÏS",
    birth_givens="ANAÏS MARIE",
    used_family="DUPONT",
    used_given="ANNE",
    birth_date="19790328",
    sex="F",
    birth_place="2A004",
)


def differing(**changes: str) -> tuple[str, ...]:
    other = replace(PATIENT, **changes)  # type: ignore[arg-type]
    return contradicted(marks_of(PATIENT, SECRET), marks_of(other, SECRET))


@pytest.mark.parametrize(
    ("trait", "value"),
    [
        ("birth_family", "DE L'ETANG"),
        ("birth_given", "ANNE"),
        ("birth_date", "19790329"),
        ("sex", "M"),
        ("birth_place", "51215"),
    ],
)
def test_each_strict_trait_contradicts(trait: str, value: str) -> None:
    assert differing(**{trait: value}) == (trait,)


@pytest.mark.parametrize(
    "changes",
    [
        {"birth_family": "de l etang moeres", "birth_given": "Anais"},
        {"birth_family": "DE L'E\u0301TANG MŒRE\u0300S"},
        {"birth_place": "2a004"},
        {"birth_place": ""},
        {"sex": "U"},
        {"used_family": "MARTIN", "used_given": "", "birth_givens": "ANAÏS"},
    ],
)
def test_writing_and_silence_contradict_nothing(changes: dict[str, str]) -> None:
    assert differing(**changes) == ()


def test_an_unknown_trait_is_contradicted_by_nothing() -> None:
    assert contradicted({}, marks_of(PATIENT, SECRET)) == ()


def test_a_hash_is_of_one_tenant_one_patient_one_trait() -> None:
    other = replace(PATIENT, ins=Ins("279035121518989", Oid("1.2.250.1.213.1.4.8")))
    twice = replace(PATIENT, birth_given=PATIENT.birth_family)
    found = [
        *marks_of(PATIENT, SECRET).values(),
        *marks_of(other, SECRET).values(),
        *marks_of(PATIENT, b"of another").values(),
        marks_of(twice, SECRET)["birth_given"],
    ]
    assert len(set(found)) == len(found) == 16
    assert len({patient_key(p.ins, s) for p in (PATIENT, other) for s in (SECRET, b"x")}) == 4


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_hashed_and_nothing_of_it_is_kept(family: str, place: str) -> None:
    marks = marks_of(replace(PATIENT, birth_family=family, birth_place=place), SECRET)
    assert all(len(mark) == 64 and set(mark) <= set("0123456789abcdef") for mark in marks.values())
