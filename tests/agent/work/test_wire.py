"""The words between the cloud and the agent."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.work import wire
from agent.work.wire import (
    MAX_IMPORT_BYTES,
    MAX_INSTANCES,
    Answered,
    Failed,
    NotUnderstood,
    Pointer,
    Put,
    Wanted,
    answer_body,
    found_answer,
    import_answer,
    index_answer,
    outcome_body,
    read_asked,
    read_fill_ask,
    read_find_ask,
    read_import_ask,
    read_index_ask,
    read_pointer,
    read_survey_ask,
    read_time,
    write_time,
)
from functions.drimbox.importing.outgoing import Stored
from functions.drimbox.oid import Uid
from functions.drimbox.study.codec import decode
from functions.drimbox.study.found_study import FoundStudies, FoundStudy, StudyCriteria
from tests.agent.work.samples import ASKED, JOB, NAME
from tests.drimbox.images.samples import CT, SERIES, STUDY
from tests.drimbox.manifest import samples as manifests

SERIES_1 = Uid(f"{SERIES}.1")
FIND: dict[str, Any] = {
    "patient_id": "IPP 1",
    "accession_number": "",
    "modality": "CT",
    "since": "20260101",
    "until": "20260105",
    "most": 50,
}
FILL: dict[str, Any] = {
    "study_instance_uid": STUDY,
    "series_instance_uid": SERIES,
    "manifest_uid": "2.25.1",
    "notes": 1,
    "instances": {CT: [f"{SERIES}.1", f"{SERIES}.2"]},
}


def test_a_pointer_names_a_job() -> None:
    body = json.dumps({"job": NAME, "kind": "index", "protocol": 1, "later": True})
    assert read_pointer(body) == Pointer(NAME, "index")


@pytest.mark.parametrize(
    "body", ["", "{}", "[]", '{"job": "../x", "kind": "index"}', f'{{"job": "{NAME}"}}']
)
def test_a_message_that_is_no_pointer_is_not_understood(body: str) -> None:
    with pytest.raises(NotUnderstood, match="message"):
        read_pointer(body)


def test_a_job_is_read_and_newer_fields_are_ignored() -> None:
    assert read_asked(json.dumps({**JOB, "newer": 1}).encode()) == ASKED


def test_a_job_that_lasts_has_no_end() -> None:
    asked = read_asked(json.dumps({**JOB, "expires_at": None}).encode())
    assert asked == replace(ASKED, expires_at=None)


def test_no_series_has_more_objects_than_a_study() -> None:
    half = MAX_INSTANCES // 2
    many = [f"1.2.{number}" for number in range(MAX_INSTANCES + 1)]
    whole = {CT: many[:half], "1.2": many[half:-1]}
    assert len(read_fill_ask({**FILL, "instances": whole}).instances) == MAX_INSTANCES
    with pytest.raises(NotUnderstood):
        read_fill_ask({**FILL, "instances": {CT: many[:half], "1.2": many[half:]}})


@pytest.mark.parametrize("field", sorted(set(JOB) - {"protocol"}))
def test_a_job_that_lacks_a_field_is_not_understood(field: str) -> None:
    facts = {name: value for name, value in JOB.items() if name != field}
    with pytest.raises(NotUnderstood):
        read_asked(json.dumps(facts).encode())
    with pytest.raises(NotUnderstood):
        read_asked(json.dumps({**JOB, field: True}).encode())


def test_a_time_has_a_zone() -> None:
    assert read_time("2026-11-30T05:40:00Z") == datetime(2026, 11, 30, 5, 40, tzinfo=UTC)
    assert write_time(datetime(2026, 11, 30, 5, 40, 1, 9, tzinfo=UTC)) == "2026-11-30T05:40:01Z"
    with pytest.raises(ValueError, match="zone"):
        read_time("2026-11-30T05:40:00")


def test_each_ask_is_read() -> None:
    assert read_index_ask(JOB["ask"]) == STUDY
    survey = read_survey_ask({"depth": "presence", "studies": [STUDY, "1.2"]})
    assert (survey.studies, survey.whole) == ((STUDY, "1.2"), False)
    assert read_survey_ask({"depth": "index", "studies": []}).whole
    found = read_find_ask(FIND)
    assert found.criteria == StudyCriteria("IPP 1", "", "CT", "20260101", "20260105")
    assert found.most == 50
    fill = read_fill_ask(FILL)
    assert (fill.study, fill.series, fill.manifest, fill.notes) == (STUDY, SERIES, "2.25.1", 1)
    assert fill.instances == (f"{SERIES}.1", f"{SERIES}.2")


@pytest.mark.parametrize(
    ("read", "ask"),
    [
        (read_index_ask, {}),
        (read_index_ask, {"study_instance_uid": "1.2/../3"}),
        (read_index_ask, {"study_instance_uid": 7}),
        (read_survey_ask, {"depth": "all", "studies": []}),
        (read_survey_ask, {"depth": "index", "studies": ["1.2"] * 51}),
        (read_survey_ask, {"depth": "index", "studies": "1.2"}),
        (read_find_ask, {**FIND, "most": 0}),
        (read_find_ask, {**FIND, "most": True}),
        (read_find_ask, {**FIND, "patient_id": ""}),
        (read_find_ask, {**FIND, "modality": None}),
        (read_fill_ask, {**FILL, "instances": {}}),
        (read_fill_ask, {**FILL, "instances": {CT: []}}),
        (read_fill_ask, {**FILL, "instances": {CT: ["x"]}}),
        (read_fill_ask, {**FILL, "instances": {CT: "1.2"}}),
        (read_fill_ask, {**FILL, "instances": [[CT, "1.2"]]}),
        (read_fill_ask, {**FILL, "notes": -1}),
        (read_fill_ask, {**FILL, "notes": "1"}),
    ],
)
def test_an_ask_that_is_none_is_not_understood(read: Any, ask: dict[str, Any]) -> None:
    with pytest.raises(NotUnderstood, match="ask"):
        read(ask)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_understood_or_not(facts: Any) -> None:
    for read in (read_index_ask, read_survey_ask, read_find_ask, read_fill_ask):
        with pytest.raises(NotUnderstood):
            read(facts)
    with pytest.raises(NotUnderstood):
        read_asked(json.dumps(facts).encode())


def test_an_index_is_answered_whole_or_as_absent() -> None:
    study = manifests.study()
    answer = index_answer(study)
    assert answer["found"] is True
    assert decode(json.dumps(answer["index"]).encode()) == study
    assert index_answer(None) == {"found": False}


def test_a_search_is_answered_with_all_that_is_shown() -> None:
    one = FoundStudy(STUDY, "P", "DURAND^ZOÉ", "19480321", "A", "20260102", "D", ("CT",), 12)
    assert found_answer(FoundStudies((one,), 2, complete=False)) == {
        "studies": [
            {
                "study_instance_uid": STUDY,
                "patient_id": "P",
                "patient_name": "DURAND^ZOÉ",
                "patient_birth_date": "19480321",
                "accession_number": "A",
                "study_date": "20260102",
                "description": "D",
                "modalities": ["CT"],
                "instances": 12,
            }
        ],
        "left_out": 2,
        "complete": False,
    }


def posted(outcome: wire.Outcome) -> Any:
    return json.loads(outcome_body(ASKED, outcome))


def test_outcomes_are_posted() -> None:
    head = {"protocol": 1, "attempt": 2}
    assert posted(Answered({"found": False})) == {
        **head,
        "outcome": "answered",
        "answer": {"found": False},
    }
    assert posted(Answered(Put("k", 3, "ab"))) == {
        **head,
        "outcome": "answered",
        "incoming": {"key": "k", "size": 3, "sha256": "ab"},
    }
    assert posted(Failed("pacs_refused")) == {**head, "outcome": "failed", "reason": "pacs_refused"}
    faulty = Failed("object_unservable", tuple(f"1.2.{n}" for n in range(2_000)))
    assert len(posted(faulty)["objects"]) == 1_000
    assert answer_body({"a": "É"}) == '{"a":"É"}'.encode()


IMPORT: dict[str, Any] = {
    "study_instance_uid": STUDY,
    "url": "https://readings.example/1?signed",
    "objects": [{"sop_instance_uid": f"{SERIES}.1", "size": 4, "sha256": "0" * 64}],
}


def test_an_import_names_its_objects() -> None:
    found = read_import_ask({**IMPORT, "later": True})
    assert (found.study, found.url, found.size) == (STUDY, IMPORT["url"], 4)
    assert found.objects == (Wanted(SERIES_1, 4, "0" * 64),)
    assert "signed" not in repr(found), "an address opens what it names"
    assert read_import_ask({**IMPORT, "url": "http://127.0.0.1:4566/1"}).url.startswith("http:")


@pytest.mark.parametrize(
    "change",
    [
        {"study_instance_uid": "one"},
        {"url": "http://readings.example/1"},
        {"url": "file:///etc/passwd"},
        {"url": ""},
        {"objects": []},
        {"objects": IMPORT["objects"] * 2},
        {"objects": [{**IMPORT["objects"][0], "size": 0}]},
        {"objects": [{**IMPORT["objects"][0], "size": MAX_IMPORT_BYTES + 1}]},
        {"objects": [{**IMPORT["objects"][0], "sha256": "0"}]},
        {"objects": [{**IMPORT["objects"][0], "sop_instance_uid": "../x"}]},
        {"objects": [{**IMPORT["objects"][0], "sop_instance_uid": f"1.{n}"} for n in range(101)]},
    ],
)
def test_another_import_is_not_understood(change: dict[str, Any]) -> None:
    with pytest.raises(NotUnderstood):
        read_import_ask({**IMPORT, **change})


def test_the_outcomes_of_an_import_are_told() -> None:
    outcomes = {SERIES_1: Stored(warning=0xB000)}
    assert import_answer(outcomes) == {
        "objects": [{"sop_instance_uid": SERIES_1, "failure": None, "warning": 0xB000}]
    }
