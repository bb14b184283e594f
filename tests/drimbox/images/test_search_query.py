"""functions.drimbox.images.search_query: the parameters of a search, read or refused."""

from __future__ import annotations

from typing import Any

import pytest

from functions.drimbox.errors import BadRequest
from functions.drimbox.images.search_attributes import Level
from functions.drimbox.images.search_query import (
    MAX_CHARACTERS,
    MAX_PARAMETERS,
    Query,
    read_query,
)

ALL_LEVELS: tuple[Level, ...] = ("study", "series", "instance")


def read(levels: tuple[Level, ...] = ALL_LEVELS, **parameters: str | list[str]) -> Query:
    given = {name: [one] if isinstance(one, str) else one for name, one in parameters.items()}
    return read_query(levels, given)


def allows(name: str, text: str, *values: Any) -> bool:
    (key,) = read(ALL_LEVELS, **{name: text}).keys
    return key.allows({key.tag: {"vr": "XX", "Value": [*values]}} if values else {})


def test_a_question_without_parameters() -> None:
    assert read() == Query(ALL_LEVELS, (), frozenset(), False, None, 0, False)


def test_page_and_words() -> None:
    query = read(limit="10", offset="20", fuzzymatching="true", emptyvaluematching="false")
    assert (query.limit, query.offset, query.fuzzy) == (10, 20, True)
    assert read(limit="0").limit == 0


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ("00081030", {"00081030"}),
        ("StudyDescription", {"00081030"}),
        ("StudyDescription,0008103e", {"00081030", "0008103E"}),
        (["StudyDescription", "SliceThickness"], {"00081030", "00180050"}),
        ("NoSuchKeyword", set()),
        ("noSuchKeyword", set()),
        ("00400275.00400009", {"00400275"}),
        ("RequestAttributesSequence.ScheduledProcedureStepID", {"00400275"}),
        ("00091001", {"00091001", "00090010"}),
        ("00090010", {"00090010"}),
    ],
)
def test_attributes_that_are_asked_for(fields: str | list[str], asked: set[str]) -> None:
    query = read(includefield=fields)
    assert (set(query.asked), query.everything) == (asked, False)


def test_everything_is_asked_for() -> None:
    query = read(includefield="all")
    assert (set(query.asked), query.everything) == (set(), True)


@pytest.mark.parametrize(
    ("name", "text", "values", "matches"),
    [
        ("StudyInstanceUID", "1.2", ["1.2"], True),
        ("0020000D", "1.2", ["1.2"], True),
        ("0020000d", "1.2", ["1.20"], False),
        ("SeriesInstanceUID", "1.2,1.3", ["1.3"], True),
        ("SeriesInstanceUID", "1.2\\1.3", ["1.3"], True),
        ("SeriesInstanceUID", "1.2", [], False),
        ("SeriesInstanceUID", "1.2", [{}, ["1.2"], 1.2], False),
        ("Modality", "CT", ["CT"], True),
        ("Modality", "CT", ["CTX"], False),
        ("Modality", "C*", ["CTX"], True),
        ("Modality", "C?", ["CTX"], False),
        ("Modality", "?T", ["CT"], True),
        ("Modality", "C.", ["CT"], None),
        ("Modality", "CT", [7], False),
        ("Modality", "*", [], True),
        ("Modality", "**", [], False),
        ("ModalitiesInStudy", "MR", ["CT", "MR"], True),
        ("ModalitiesInStudy", "MR", ["CT", None], False),
        ("StudyDate", "20260102", ["20260102"], True),
        ("StudyDate", "20260102", ["20260103"], False),
        ("StudyDate", "20260101-20260131", ["20260102"], True),
        ("StudyDate", "20260103-", ["20260102"], False),
        ("StudyDate", "-20260103", ["20260102"], True),
        ("StudyDate", "20260101-", ["2026"], False),
        ("StudyDate", "20260101-", [], False),
        ("StudyTime", "0930", ["093015"], True),
        ("StudyTime", "0930", ["093015.123456"], True),
        ("StudyTime", "093015.5", ["093015.5"], True),
        ("StudyTime", "0931", ["093015"], False),
        ("StudyTime", "09-10", ["095959.9"], True),
        ("StudyTime", "-0930", ["093059"], True),
        ("StudyTime", "0931-", ["093059"], False),
        ("StudyTime", "0931-", [93100], False),
        ("SeriesNumber", "3", [3], True),
        ("SeriesNumber", "+3", [3], True),
        ("SeriesNumber", "-3", [3], False),
        ("InstanceNumber", "1", ["1.0"], False),
        ("InstanceNumber", "12", [None], False),
    ],
)
def test_matching(name: str, text: str, values: list[Any], matches: bool | None) -> None:
    if matches is None:
        with pytest.raises(BadRequest):
            allows(name, text, *values)
    else:
        assert allows(name, text, *values) is matches


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"PatientName": "X"}, "query"),
        ({"PatientID": "X"}, "query"),
        ({"00100020": "X"}, "query"),
        ({"AccessionNumber": "X"}, "query"),
        ({"NoSuchKey": "X"}, "query"),
        ({"Rows": "4"}, "query"),
        ({"includefields": "all"}, "query"),
        ({"StudyInstanceUID": "1.2", "0020000D": "1.2"}, "query"),
        ({"Modality": ["CT", "MR"]}, "Modality"),
        ({"Modality": "CT\\MR"}, "Modality"),
        ({"Modality": ""}, "Modality"),
        ({"Modality": "ct"}, "Modality"),
        ({"SeriesInstanceUID": ""}, "SeriesInstanceUID"),
        ({"SeriesInstanceUID": "1.2,"}, "SeriesInstanceUID"),
        ({"SeriesInstanceUID": "1.2*"}, "SeriesInstanceUID"),
        ({"StudyDate": ""}, "StudyDate"),
        ({"StudyDate": "-"}, "StudyDate"),
        ({"StudyDate": "2026"}, "StudyDate"),
        ({"StudyDate": "20260101-20260102-20260103"}, "StudyDate"),
        ({"StudyTime": "9"}, "StudyTime"),
        ({"SeriesNumber": "3.0"}, "SeriesNumber"),
        ({"SeriesNumber": "1" * 13}, "SeriesNumber"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"limit": "1" * 10}, "limit"),
        ({"limit": ["1", "1"]}, "limit"),
        ({"offset": ""}, "offset"),
        ({"fuzzymatching": "maybe"}, "fuzzymatching"),
        ({"fuzzymatching": ["true", "true"]}, "fuzzymatching"),
        ({"emptyvaluematching": "true"}, "emptyvaluematching"),
        ({"multiplevaluematching": "true"}, "multiplevaluematching"),
        ({"includefield": ""}, "includefield"),
        ({"includefield": ["all", "00081030"]}, "includefield"),
        ({"includefield": "all,all"}, "includefield"),
        ({"includefield": "a b"}, "includefield"),
        ({"includefield": "<script>"}, "includefield"),
        ({f"k{number}": "x" for number in range(MAX_PARAMETERS + 1)}, "query"),
        ({"includefield": "0" * MAX_CHARACTERS}, "query"),
    ],
)
def test_a_question_that_is_refused(parameters: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(**parameters)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("levels", "name"),
    [
        (("study",), "Modality"),
        (("series",), "StudyDate"),
        (("instance",), "Modality"),
        (("series", "instance"), "ModalitiesInStudy"),
    ],
)
def test_a_key_of_another_level_is_refused(levels: tuple[Level, ...], name: str) -> None:
    with pytest.raises(BadRequest):
        read(levels, **{name: "CT"})
