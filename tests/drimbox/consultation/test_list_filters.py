"""The filters: the groups that pass, and the counts of each value."""

from __future__ import annotations

from datetime import date

import pytest

from functions.drimbox.consultation.list_filters import Value, passing, states_of, values_of
from functions.drimbox.consultation.list_view import MOST_VALUES, ListView
from functions.drimbox.dmp import xds
from functions.drimbox.identity.parties import Code
from tests.drimbox.consultation.histories import ABDOMEN, LYON, documents, eleven, exam, report

GROUP = documents(
    exam("1", "20260102", "Scanner thoracique", site=LYON),
    report(["1"], "20260103", "Nodule supérieur"),
)


def without(*codes: str) -> frozenset[str]:
    return frozenset(codes)


@pytest.mark.parametrize(
    ("view", "shown"),
    [
        (ListView(), True),
        (ListView(modalities=without("CT")), False),
        (ListView(modalities=without("MR", "")), True),
        (ListView(regions=without("51185008")), False),
        (ListView(first=date(2026, 1, 3)), False),
        (ListView(last=date(2026, 1, 2)), True),
        (ListView(search="NODULE lyon essai"), True),
        (ListView(search="superieur"), True),
        (ListView(search="genou"), False),
    ],
)
def test_a_group_passes_by_its_exams_and_is_found_by_all_its_words(
    view: ListView, shown: bool
) -> None:
    assert passing(GROUP, view) == (GROUP if shown else [])


TWO = documents(
    exam("1", "202503040905", "Scanner thoracique", site=LYON),
    exam("2", "202503040905", "Scanner abdominal", "MR", ABDOMEN, site=LYON),
    report(["1", "2"], "20250305", "Nodule supérieur", site=LYON),
)


@pytest.mark.parametrize(
    ("view", "shown"),
    [
        (ListView(), [1, 2, 3]),
        (ListView(search="abdominal"), [2, 3]),
        (ListView(search="nodule thoracique"), [1, 3]),
        (ListView(search="nodule lyon"), [1, 2, 3]),
        # No exam has both words; the group has.
        (ListView(search="thoracique abdominal"), [1, 2, 3]),
        (ListView(search="thoracique genou"), []),
        (ListView(modalities=without("CT")), [2, 3]),
        (ListView(regions=without("818983003")), [1, 3]),
        (ListView(modalities=without("CT"), search="thoracique"), []),
        (ListView(modalities=without("CT", "MR")), []),
    ],
)
def test_of_a_group_the_exams_that_pass_are_shown_with_their_reports(
    view: ListView, shown: list[int]
) -> None:
    assert [one.number for one in passing(TWO, view)] == shown


def test_an_exam_of_two_modalities_is_hidden_once_both_are() -> None:
    codes = (Code("CT", xds.DCM), Code("PT", xds.DCM))
    both = documents(exam("1", "2026", event_codes=codes))
    assert passing(both, ListView(modalities=without("CT")))
    assert not passing(both, ListView(modalities=without("CT", "PT")))


def test_a_report_alone_passes_by_its_own_values() -> None:
    assert passing(GROUP[1:], ListView(modalities=without("CT"))) == GROUP[1:]
    assert not passing(GROUP[1:], ListView(modalities=without("")))
    assert not passing(GROUP[1:], ListView(search="genou"))


def test_each_value_is_counted_and_named() -> None:
    exams = [one for one in documents(*eleven()) if one.is_exam]
    values = values_of(exams, lambda one: one.modalities, without("MR"))
    assert [(one.code.code, one.count, one.shown) for one in values] == [
        ("CT", 4, True),
        ("DX", 2, True),
        ("MR", 2, False),
        ("CR", 1, True),
        ("MG", 1, True),
        ("US", 1, True),
    ]
    named = documents(
        exam("1", "2026", region=("1", "")),
        exam("2", "2026", region=("1", "Thorax")),
        exam("3", "2026", region=None),
        exam("4", "2026", region=("not a code", "Genou")),
    )
    assert values_of(named, lambda one: one.regions, frozenset()) == (
        Value(Code("1", xds.SNOMED, "Thorax"), 2, shown=True),
        Value(Code("", ""), 2, shown=True),
    )


def test_a_filter_offers_a_bounded_number_of_values() -> None:
    many = documents(*(exam(str(one), "2026", region=(str(one), "")) for one in range(60)))
    assert len(values_of(many, lambda one: one.regions, frozenset())) == MOST_VALUES


def test_states_are_counted_over_exams_and_reports() -> None:
    assert states_of(documents(*eleven())) == {
        **{"archived": 1, "invisible_patient": 1, "invisible_representatives": 0},
        **{"masked": 0, "old": 1},
    }
