from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.drimbox.identity.parties import Organisation
from functions.drimbox.manifest import value_forms
from functions.drimbox.oid import Uid
from functions.drimbox.study.index import SeriesIndex
from tests.drimbox.manifest.samples import patient


@pytest.mark.parametrize(
    ("used_family", "used_given", "expected"),
    [
        ("", "", "^ZOÉ MARIE"),
        ("ARC", "", "^ZOÉ MARIE\\ARC"),
        ("", "ZOÉ", "^ZOÉ MARIE\\^ZOÉ"),
        ("ARC", "ZOÉ", "^ZOÉ MARIE\\ARC^ZOÉ"),
    ],
)
def test_other_names(used_family: str, used_given: str, expected: str) -> None:
    of = patient(used_family=used_family, used_given=used_given)
    assert value_forms.other_names(of) == expected


@pytest.mark.parametrize(
    ("family", "given_name", "expected"),
    [
        ("DURAND", "ANNE", "DURAND^ANNE"),
        ("DURAND", "", "DURAND"),
        ("", "ANNE", "^ANNE"),
        ("", "", ""),
        ("DU^RAND", "AN\\NE=X", "DU RAND^AN NE X"),
        ("D" * 70, "ANNE", "D" * 64),
        ("D" * 63, "ANNE", "D" * 63),
        ("D" * 60, "ANNE", "D" * 60 + "^ANN"),
        ("E\u0301TE\u0301", "", "ÉTÉ"),
    ],
)
def test_person_name(family: str, given_name: str, expected: str) -> None:
    assert value_forms.person_name(family, given_name) == expected


def test_institution_keeps_the_identifier_whole() -> None:
    assert value_forms.institution(Organisation("1012345550", "Clinique")) == (
        "Clinique^^^^^^^^^1012345550"
    )
    assert value_forms.institution(Organisation("312345678901234", "N^o\\m " * 20)).endswith(
        "^^^^^^^^^312345678901234"
    )
    assert value_forms.institution(Organisation("1012345550")) == "^^^^^^^^^1012345550"


@settings(deadline=None)
@given(st.text(), st.from_regex(r"1[0-9A-Z]{9}|3[0-9]{14}", fullmatch=True))
def test_institution_always_fits_and_has_ten_components(name: str, structure: str) -> None:
    value = value_forms.institution(Organisation(structure, name))
    assert len(value) <= 64
    assert value.split("^")[9] == structure
    assert len(value.split("^")) == 10


@settings(deadline=None)
@given(st.text())
def test_clean_leaves_one_line_without_controls(value: str) -> None:
    cleaned = value_forms.clean(value, "\\^")
    assert cleaned.splitlines() in ([], [cleaned])
    assert not set(cleaned) & set("\\^\n\r\t\x00\x1b")
    assert value_forms.clean(cleaned, "\\^") == cleaned


def test_long_string_is_cut() -> None:
    assert value_forms.long_string("a\\b\nc") == "a b c"
    assert value_forms.long_string("x" * 63 + " yy") == "x" * 63
    assert value_forms.long_string("0123456789ABCDEFGH", 16) == "0123456789ABCDEF"


def test_paragraph_keeps_lines() -> None:
    assert value_forms.paragraph("\r\nun\tdeux\r\n\r\ntrois\n") == "un deux\n\ntrois"


@pytest.mark.parametrize(("value", "fits"), [("A 1/2^", True), ("A\\", False), ("A\x7f", False)])
def test_fits_as_is(value: str, fits: bool) -> None:
    assert value_forms.fits_as_is(value) is fits


@pytest.mark.parametrize(
    ("value", "expected"),
    [("20240229", "20240229"), ("20230229", ""), ("2024", ""), ("2024022x", ""), ("٢٠٢٤٠٢٢٩", "")],
)
def test_calendar_date(value: str, expected: str) -> None:
    assert value_forms.calendar_date(value) == expected


@pytest.mark.parametrize(
    ("value", "good"),
    [
        ("08", True),
        ("0805", True),
        ("080509", True),
        ("080509.1", True),
        ("080509.123456", True),
        ("235960", True),
        ("080561", False),
        ("", False),
        ("8", False),
        ("24", False),
        ("0860", False),
        ("0805.5", False),
        ("080509.1234567", False),
        ("08:05", False),
        ("٠٨", False),
    ],
)
def test_time_of_day(value: str, good: bool) -> None:
    assert value_forms.time_of_day(value) == (value if good else "")


@pytest.mark.parametrize(("value", "expected"), [("M", "M"), ("F", "F"), ("O", "O"), ("U", "")])
def test_sex(value: str, expected: str) -> None:
    assert value_forms.sex(value) == expected


@pytest.mark.parametrize(
    ("hours", "expected"), [(2, "+0200"), (-4, "-0400"), (5.5, "+0530"), (-9.5, "-0930")]
)
def test_utc_offset(hours: float, expected: str) -> None:
    at = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=hours)))
    assert value_forms.utc_offset(at) == expected
    assert value_forms.utc_offset(at.astimezone(UTC)) == "+0000"


def test_summary_has_one_line_per_series_whatever_the_descriptions_hold() -> None:
    series = [
        SeriesIndex(Uid("1.2.3"), "NM", 1, "a : b\nc", ()),
        SeriesIndex(Uid("1.2.4"), "PT", 2, "", ()),
    ]
    assert value_forms.summary("E\nE", "", series) == (
        "Examen : E E\nActe = \nSérie-1.2.3 : NM @ : a : b c\nSérie-1.2.4 : PT @ : \n"
    )
