"""Values of a PACS answer: descriptions leniently, identifiers and counts strictly."""

from __future__ import annotations

from typing import Any

import pytest

from functions.drimbox.errors import Held, PacsAnswerUnusable
from functions.drimbox.images.answer_values import count, is_of, number, person, text, uid
from functions.drimbox.oid import Uid

TAG = "0020000D"


def element(*values: Any) -> dict[str, Any]:
    return {TAG: {"vr": "LO", "Value": list(values)}}


@pytest.mark.parametrize(
    ("attributes", "read"),
    [
        ({}, ""),
        ({TAG: None}, ""),
        ({TAG: {"vr": "LO"}}, ""),
        (element(), ""),
        (element(None), ""),
        (element(7), ""),
        (element(" A \0", "B"), "A"),
    ],
)
def test_a_text_is_the_first_value(attributes: dict[str, Any], read: str) -> None:
    assert text(attributes, TAG) == read


def test_a_name_is_its_alphabetic_form() -> None:
    assert person(element({"Alphabetic": " A^B "}), TAG) == "A^B"
    assert person(element("A^B"), TAG) == person(element({"Ideographic": "A"}), TAG) == ""


@pytest.mark.parametrize(
    ("value", "read"),
    [(7, 7), ("7", 7), (7.0, 7), (7.5, None), ("x", None), (True, None), (2**31, None), ([], None)]
    + [(" +7 ", 7), ("-7", -7), ("2147483648", None), ("0" * 13, None)]
    # Python's int reads these, which are no IS (PS3.5 6.2).
    + [
        (odd, None)
        for odd in ("1_0", "１", "٣", "\n7", "7\t", "\u00a07", "+ 7", "+", "", " ", "7.0")
    ],
)
def test_a_number_is_an_integer_of_32_bits(value: Any, read: int | None) -> None:
    assert number(element(value), TAG) == read


@pytest.mark.parametrize("attributes", [{}, {TAG: {"vr": "IS"}}, element(), element(None, "")])
def test_no_count_is_none(attributes: dict[str, Any]) -> None:
    assert count(attributes, TAG) is None


@pytest.mark.parametrize("value", [3, "3", " 3", 3.0])
def test_a_count_is_one_number(value: Any) -> None:
    assert count(element(value), TAG) == 3


@pytest.mark.parametrize(
    "attributes",
    [
        element(3, 3),
        element("three"),
        element("1_0"),
        element("３"),
        element("3\n"),
        element(-1),
        element(2.5),
        element({"Alphabetic": "3"}),
        element([3]),
        {TAG: 3},
        {TAG: {"Value": 3}},
    ],
)
def test_a_count_that_is_not_understood_is_not_taken_as_absent(attributes: dict[str, Any]) -> None:
    with pytest.raises(PacsAnswerUnusable):
        count(attributes, TAG)


@pytest.mark.parametrize(
    ("attributes", "error"),
    [
        ({}, PacsAnswerUnusable),
        (element(""), PacsAnswerUnusable),
        (element(" "), PacsAnswerUnusable),
        (element(7), PacsAnswerUnusable),
        (element("1.2.3", "1.2.4"), PacsAnswerUnusable),
        ({TAG: "1.2.3"}, PacsAnswerUnusable),
        (element("1.2.03"), Held),
        (element("1.2.a"), Held),
        (element("1.2/../3"), Held),
        (element("1." * 40 + "1"), Held),
    ],
)
def test_a_uid_is_one_and_well_formed(attributes: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        uid(attributes, TAG)
    assert uid(element("1.2.3\0"), TAG) == "1.2.3"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, True),
        (element(None), True),
        (element("1.2.3 "), True),
        (element("1.2.4"), False),
        (element("1.2.3", "1.2.4"), False),
        (element(7), False),
    ],
)
def test_an_answer_is_of_a_study_when_it_says_nothing_else(
    attributes: dict[str, Any], expected: bool
) -> None:
    assert is_of(attributes, TAG, Uid("1.2.3")) is expected
