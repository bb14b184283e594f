"""Codes that check themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.report.code_forms import (
    LOINC,
    REGIONS,
    SNOMED_CT,
    is_concept,
    is_loinc,
    may_be_of,
)

LOINC_CODES = ("18748-4", "24727-0", "36235-0", "24978-9", "39111-0", "121-4", "55113-5")
CONCEPTS = ("774007", "67734004", "113257007", "786880003", "38266002", "138875005", "22298006")


@pytest.mark.parametrize("code", LOINC_CODES)
def test_a_loinc_number_has_its_check_digit(code: str) -> None:
    assert is_loinc(code)
    assert [n for n in range(10) if is_loinc(f"{code[:-1]}{n}")] == [int(code[-1])]


@pytest.mark.parametrize(
    "code", ["", "-4", "18748", "187484", "18748-", "018748-4", "LP6-0", "٢-4"]
)
def test_another_form_is_no_loinc_number(code: str) -> None:
    assert not is_loinc(code)


@pytest.mark.parametrize("code", CONCEPTS)
def test_a_concept_has_its_check_digit(code: str) -> None:
    assert is_concept(code)
    assert [n for n in range(10) if is_concept(f"{code[:-1]}{n}")] == [int(code[-1])]


@given(st.sampled_from(CONCEPTS), st.data())
def test_two_digits_exchanged_are_found(code: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(code) - 2))
    head, a, b, tail = code[:place], code[place], code[place + 1], code[place + 2 :]
    assert is_concept(f"{head}{b}{a}{tail}") is (a == b)


@pytest.mark.parametrize("code", ["", "Thorax", "0774007", "77400", "774017", "1" * 19, "٧٧٤٠٠٧"])
def test_another_form_is_no_concept(code: str) -> None:
    """774017 would be a description."""
    assert not is_concept(code)


def test_each_system_has_its_form_and_others_have_none() -> None:
    assert may_be_of(LOINC, "18748-4")
    assert not may_be_of(LOINC, "774007")
    for system in (SNOMED_CT, REGIONS):
        assert may_be_of(system, "774007")
        assert not may_be_of(system, "774008")
    assert may_be_of("1.2.250.1.213.2.5", "ACQH004")
