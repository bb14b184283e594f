"""functions.drimbox.agents.told: nothing that an agent answers is believed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.drimbox.agents import wire
from functions.drimbox.agents.told import ABSENT, FOUND, TOLD, Told, read_found, read_told
from functions.drimbox.errors import BadRequest
from functions.drimbox.oid import Uid
from functions.drimbox.study import codec
from tests.drimbox.agents.scenes import ROW, STUDY, index, told

OTHER = Uid("1.2.2")
INDEX = wire.index_wish(STUDY, {})
PRESENCE = wire.survey_wish([STUDY], wire.PRESENCE, {})
SURVEY = wire.survey_wish([STUDY, OTHER], wire.INDEX, {})
FIND = wire.find_wish("0a", 50)
NAME = {"study_instance_uid": str(STUDY)}


def test_the_index_of_a_study_or_its_absence() -> None:
    found = read_told(INDEX, told())
    assert found.word == FOUND
    assert codec.decode(found.content) == index()
    assert read_told(INDEX, {"found": False}) == Told(ABSENT)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "found",
        {},
        {"found": None},
        {"found": "true", "index": told()["index"]},
        {"found": False, "index": told()["index"]},
        {"found": True},
        {"found": True, "index": {}},
        told(OTHER),
        {**told(), "more": 1},
    ],
)
def test_another_answer_is_no_index(answer: Any) -> None:
    with pytest.raises(BadRequest) as raised:
        read_told(INDEX, answer)
    assert raised.value.field == "/answer"


def test_the_presence_of_one_study_is_a_word() -> None:
    for there, word in ((True, FOUND), (False, ABSENT)):
        assert read_told(PRESENCE, {"studies": [{**NAME, "found": there}]}) == Told(word)
    failing = {"studies": [{**NAME, "reason": "pacs_unavailable"}]}
    found = read_told(PRESENCE, failing)
    assert (found.word, json.loads(found.content)) == (TOLD, failing)


def test_a_survey_tells_of_each_study() -> None:
    answer = {
        "studies": [
            {"study_instance_uid": str(OTHER), "reason": "pacs_answer_unusable"},
            {**NAME, **told()},
        ]
    }
    found = read_told(SURVEY, answer)
    assert found.word == TOLD
    assert json.loads(found.content) == answer
    absent = {
        "studies": [{**NAME, "found": False}, {"study_instance_uid": "1.2.2", "found": False}]
    }
    assert json.loads(read_told(SURVEY, absent).content) == absent


@pytest.mark.parametrize(
    "studies",
    [
        None,
        [],
        [1],
        [{**NAME, **told()}],
        [{**NAME, **told()}, {**NAME, **told()}],
        [{**NAME, **told()}, {"study_instance_uid": "1.2.3", "found": False}],
        [{**NAME, **told()}, {"study_instance_uid": "1.2.2", "reason": "unsupported"}],
        [{**NAME, **told()}, {"study_instance_uid": "1.2.2", "reason": ["pacs_refused"]}],
        [{**NAME, **told()}, {"study_instance_uid": "1.2.2", "reason": "x", "found": True}],
        [{**NAME, **told()}, {"study_instance_uid": "1.2.2", "found": True}],
        [{**NAME, **told()}, {"study_instance_uid": "1.2.2", "found": 0}],
        [{**NAME, **told(OTHER)}, {"study_instance_uid": "1.2.2", "found": False}],
    ],
)
def test_another_answer_is_no_survey(studies: Any) -> None:
    with pytest.raises(BadRequest):
        read_told(SURVEY, {"studies": studies})


@pytest.mark.parametrize(
    "one",
    [{**NAME, "found": 1}, {**NAME, "found": True, "index": {}}, {**NAME}, {"found": True}],
)
def test_a_presence_says_no_more(one: Any) -> None:
    with pytest.raises(BadRequest):
        read_told(PRESENCE, {"studies": [one]})


def test_the_studies_that_answer_a_search() -> None:
    answer = {"studies": [ROW, {**ROW, "study_instance_uid": "1.2.2", "instances": None}]}
    found = read_told(FIND, {**answer, "left_out": 1, "complete": False})
    read = read_found(found.content)
    assert (found.word, read.left_out, read.complete) == (TOLD, 1, False)
    first, second = read.studies
    assert (first.study_instance_uid, first.modalities, first.instances) == (STUDY, ("CT",), 3)
    assert (second.study_instance_uid, second.instances) == (OTHER, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"studies": None},
        {"studies": [ROW, ROW]},
        {"studies": [ROW] * 101},
        {"studies": [{**ROW, "more": 1}]},
        {"studies": [{**ROW, "patient_id": 7}]},
        {"studies": [{**ROW, "patient_name": "x" * 257}]},
        {"studies": [{**ROW, "study_instance_uid": "x"}]},
        {"studies": [{**ROW, "modalities": "CT"}]},
        {"studies": [{**ROW, "modalities": [7]}]},
        {"studies": [{**ROW, "modalities": ["CT"] * 17}]},
        {"studies": [{**ROW, "instances": -1}]},
        {"studies": [{**ROW, "instances": True}]},
        {"studies": [None]},
        {"left_out": -1},
        {"left_out": "0"},
        {"complete": 1},
        {"more": 1},
    ],
)
def test_another_answer_is_no_list_of_studies(changes: Any) -> None:
    with pytest.raises(BadRequest):
        read_told(FIND, {"studies": [ROW], "left_out": 0, "complete": True, **changes})


ONE = {"sop_instance_uid": "1.2.1.1", "failure": None, "warning": None}
IMPORT = wire.import_wish("readings/s/p/e/outgoing/1")


def test_the_outcomes_of_an_import_are_kept_as_they_are() -> None:
    outcomes = [ONE, {**ONE, "sop_instance_uid": "1.2.1.2", "failure": 0xA700}]
    found = read_told(IMPORT, {"objects": outcomes})
    assert (found.word, json.loads(found.content)) == (TOLD, {"objects": outcomes})
    assert read_told(IMPORT, {"objects": []}).word == TOLD


@pytest.mark.parametrize(
    "objects",
    [
        None,
        {},
        [ONE, ONE],
        [{**ONE, "sop_instance_uid": "one"}],
        [{**ONE, "more": 1}],
        [{**ONE, "failure": -1}],
        [{**ONE, "failure": 0x10000}],
        [{**ONE, "warning": True}],
        [{**ONE, "warning": "B000"}],
        [{**ONE, "sop_instance_uid": f"1.2.{n}"} for n in range(101)],
    ],
)
def test_other_outcomes_are_none(objects: Any) -> None:
    with pytest.raises(BadRequest):
        read_told(IMPORT, {"objects": objects})
    with pytest.raises(BadRequest):
        read_told(IMPORT, {"objects": [], "more": 1})
