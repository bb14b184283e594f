"""A search as a professional states it."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.consultation.exam_query import SearchedPatient, read_patient, read_query
from functions.drimbox.errors import BadRequest
from functions.drimbox.identity.ins import Ins
from functions.drimbox.oid import Oid

INS = {"ins": "279035121518989", "oid": "1.2.250.1.213.1.4.10"}
PATIENT = Ins(INS["ins"], Oid(INS["oid"]))


def test_a_whole_search_is_read() -> None:
    query = read_query(
        {**INS, "modality": "CT", "region": "774007", "from": "2021-01-01", "to": "2021-12-31"}
    )
    assert query.patient == PATIENT
    assert (query.modality, query.region) == ("CT", "774007")
    assert (query.service_from, query.service_to) == (date(2021, 1, 1), date(2021, 12, 31))


def test_only_the_patient_is_needed_and_one_day_is_a_period() -> None:
    query = read_query(INS)
    assert (query.modality, query.region) == ("", "")
    assert (query.service_from, query.service_to) == (None, None)
    one = read_query({**INS, "from": "2021-01-01", "to": "2021-01-01"})
    assert one.service_from == one.service_to


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ins": "279035121518988"}, "bad_ins"),
        ({"ins": ""}, "bad_ins"),
        ({"oid": "1.2.3"}, "bad_ins"),
        ({"oid": "x"}, "bad_ins"),
        ({"ins": 279035121518989}, "bad_ins"),
        ({"oid": None}, "bad_oid"),
        ({"modality": ["CT"]}, "bad_modality"),
        ({"modality": "C T"}, "bad_modality"),
        ({"modality": "CT')"}, "bad_modality"),
        ({"region": "1" * 19}, "bad_region"),
        ({"from": "2021-02-30"}, "bad_from"),
        ({"from": "20210101"}, "bad_from"),
        ({"from": "2021-W01-1"}, "bad_from"),
        ({"to": "٢٠٢١-٠١-٠١"}, "bad_to"),
        ({"from": "2021-01-02", "to": "2021-01-01"}, "bad_from"),
        ({"name": "X"}, "unknown_field"),
    ],
)
def test_a_wrong_field_is_named_and_its_value_is_not(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(BadRequest) as raised:
        read_query({**INS, **changes})
    assert raised.value.code == code
    for value in changes.values():
        assert not value or str(value) not in str(raised.value)


TRAITS = {
    "birth_family": "PAT-TROIS",
    "birth_given": "DOMINIQUE",
    "birth_date": "1979-03-27",
    "sex": "F",
}


def test_the_traits_of_the_patient_are_read_where_they_are_told() -> None:
    told = {**INS, "traits": TRAITS}
    assert read_query(told) == read_query(INS)
    patient = read_patient(told, PATIENT)
    assert patient == SearchedPatient(PATIENT, "PAT-TROIS", "DOMINIQUE", "19790327", "F")
    assert "DOMINIQUE" not in repr(patient)
    assert read_patient(INS, PATIENT) is None


@pytest.mark.parametrize(
    "traits",
    [
        None,
        "PAT-TROIS",
        {},
        {name: value for name, value in TRAITS.items() if name != "sex"},
        {**TRAITS, "birth_place": "63113"},
        {**TRAITS, "sex": "X"},
        {**TRAITS, "sex": 1},
        {**TRAITS, "birth_family": " "},
        {**TRAITS, "birth_given": "-"},
        {**TRAITS, "birth_given": "A" * 101},
        {**TRAITS, "birth_date": ""},
        {**TRAITS, "birth_date": "1979-02-30"},
        {**TRAITS, "birth_date": "19790327"},
    ],
)
def test_traits_that_are_not_whole_are_refused_without_their_values(traits: Any) -> None:
    with pytest.raises(BadRequest) as raised:
        read_patient({**INS, "traits": traits}, PATIENT)
    assert raised.value.code == "bad_traits"
    assert "PAT-TROIS" not in str(raised.value)


@given(st.dictionaries(st.sampled_from([*TRAITS, "x"]), st.none() | st.text(max_size=12)))
def test_any_traits_are_a_patient_or_a_bad_request(traits: dict[str, Any]) -> None:
    with suppress(BadRequest):
        assert read_patient({"traits": {**TRAITS, **traits}}, PATIENT) is not None


_FIELDS = st.sampled_from(["ins", "oid", "modality", "region", "from", "to", "x"])
_VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just(INS["ins"])


@given(st.dictionaries(_FIELDS, _VALUES))
def test_any_object_is_a_query_or_a_bad_request(facts: dict[str, Any]) -> None:
    with suppress(BadRequest):
        assert read_query(facts).patient.value == facts["ins"]
