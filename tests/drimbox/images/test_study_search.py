"""A search in a PACS that answers well, badly, too much, or another question."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import Held, PacsAnswerUnusable, PacsUnavailable
from functions.drimbox.images.pacs import DicomwebPacs
from functions.drimbox.images.study_search import ASKED
from functions.drimbox.images.wado_client import MAX_JSON_BYTES
from functions.drimbox.study.found_study import FoundStudies, StudyCriteria
from functions.drimbox.transport import Patience, open_client
from tests.drimbox.images.pacs_scenes import BASE, SPOOL, Archive, Json, streamed, study
from tests.drimbox.images.samples import STUDY

OURS = StudyCriteria("IPP-00471", "")
OTHER = "1.2.250.9.77"


def one(**changes: Any) -> Json:
    made = study(**changes)
    made["00080061"] = {"vr": "CS", "Value": ["CT", "SR"]}
    made["00201208"] = {"vr": "IS", "Value": [132]}
    return made


def search(
    *answers: Any, criteria: StudyCriteria = OURS, most: int = 50
) -> tuple[FoundStudies, Archive]:
    pacs = Archive({"/studies": list(answers)})
    return pacs.client.search(criteria, most=most), pacs


def test_a_study_is_found_with_all_that_is_shown_of_it() -> None:
    found, _ = search(one())
    [seen] = found.studies
    assert (seen.study_instance_uid, seen.patient_id) == (STUDY, "IPP-00471")
    assert (seen.patient_name, seen.patient_birth_date) == ("BÉZIERS^ZOÉ", "19480321")
    assert (seen.accession_number, seen.study_date) == ("ACN-77", "20260102")
    assert (seen.description, seen.modalities) == ("Scanner thoracique", ("CT", "SR"))
    assert seen.instances == 132
    assert (found.left_out, found.complete) == (0, True)


def test_each_criterion_is_asked_and_no_other() -> None:
    _, pacs = search(criteria=StudyCriteria("IPP 1", "ACN/1", "CT", "20251230", "20260105"))
    [request] = pacs.asked
    asked = request.url.params
    assert (asked["00100020"], asked["00080050"], asked["00080061"]) == ("IPP 1", "ACN/1", "CT")
    assert (asked["00080020"], asked["limit"]) == ("20251230-20260105", "51")
    shown = {"00100020", "00100010", "00100030", "00080050", "00080020", "00081030", "00201208"}
    assert shown <= set(asked.get_list("includefield"))
    _, pacs = search()
    assert {"00080050", "00080061", "00080020"}.isdisjoint(pacs.asked[0].url.params)


def test_answers_to_another_question_are_counted_and_not_shown() -> None:
    """A PACS that ignores a criterion gives everybody's exams."""
    stranger = one(StudyInstanceUID=OTHER, PatientID="IPP-9", PatientName={"Alphabetic": "AUTRE"})
    nameless = one(StudyInstanceUID=f"{OTHER}.1", PatientID=None)
    found, _ = search(stranger, one(), nameless)
    assert [str(seen.study_instance_uid) for seen in found.studies] == [STUDY]
    assert (found.left_out, found.complete) == (2, False)


def test_a_study_given_twice_is_one_and_two_under_one_uid_are_none() -> None:
    assert len(search(one(), one())[0].studies) == 1
    found, _ = search(one(), one(PatientID="IPP-9"), one())
    assert (found.studies, found.left_out, found.complete) == ((), 1, False)


def test_an_answer_without_a_uid_to_choose_is_left_out() -> None:
    bad = [one(StudyInstanceUID=wrong) for wrong in (None, "1.2.x", "1." * 40, 7)]
    bad.append({"0020000D": "no element", "00100020": {"Value": "IPP-00471"}})
    found, _ = search(*bad, one())
    assert (len(found.studies), found.left_out) == (1, 5)


def test_missing_and_odd_values_are_gaps() -> None:
    odd = one(PatientName="BÉZIERS", StudyDate=20260102, StudyDescription=None)
    odd["00080061"] = {"vr": "CS", "Value": ["CT\\SR", None, 7, " ", "CT"]}
    odd["00201208"] = {"vr": "IS", "Value": [-3]}
    [seen] = search(odd)[0].studies
    assert (seen.patient_name, seen.study_date, seen.description) == ("", "", "")
    assert (seen.modalities, seen.instances) == (("CT", "SR"), None)
    for wrong in ({}, "x", {"Value": "CT"}):
        [seen] = search({**one(), "00080061": wrong})[0].studies
        assert seen.modalities == ()


def test_texts_beyond_their_length_are_cut() -> None:
    [seen] = search(one(StudyDescription="x" * 100_000))[0].studies
    assert seen.description == "x" * 64 + "…"
    # An identifier that was cut is nobody's.
    long = "I" * 65
    found, _ = search(one(PatientID=long), criteria=StudyCriteria(long, ""))
    assert (found.studies, found.left_out) == ((), 1)


def test_more_than_is_shown_is_said() -> None:
    many = [one(StudyInstanceUID=f"{OTHER}.{number}") for number in range(1, 6)]
    found, _ = search(*many, most=4)
    assert (len(found.studies), found.complete) == (4, False)
    found, _ = search(*many, most=5)
    assert (len(found.studies), found.complete) == (5, True)
    warned = httpx.Response(200, json=[one()], headers={"warning": '299 pacs "more results"'})
    assert not Archive({"/studies": warned}).client.search(OURS, most=5).complete


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"[{}, 1]", 200),
        (b"\xff[]", 200),
        (b'[{"a": 1, "a": 2}]', 200),
        (b"<html>", 200),
        (b"[" + b" " * MAX_JSON_BYTES + b"]", 200),
        (b"", 404),
        (b"", 400),
    ],
)
def test_an_answer_that_is_none_is_said_to_be_unusable(content: bytes, status: int) -> None:
    pacs = Archive({"/studies": httpx.Response(status, content=content)})
    with pytest.raises(PacsAnswerUnusable):
        pacs.client.search(OURS, most=5)


def test_a_pacs_that_fails_a_search_alone_is_no_outage() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503 if "00100020" in request.url.params else 204)

    with pytest.raises(PacsAnswerUnusable) as raised:
        Archive({"/studies": answer}).client.search(OURS, most=5)
    assert raised.value.failed
    with pytest.raises(PacsUnavailable) as away:
        Archive({"/studies": httpx.Response(503)}).client.search(OURS, most=5)
    assert not isinstance(away.value, PacsAnswerUnusable)
    with pytest.raises(Held, match="pacs_refused"):
        Archive({"/studies": httpx.Response(403)}).client.search(OURS, most=5)


def test_an_answer_that_trickles_in_ends_with_the_patience_of_a_person() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"["
        while True:
            time.sleep(0.05)
            yield b" "

    def answer(request: httpx.Request) -> httpx.Response:
        if "00100020" in request.url.params:
            return httpx.Response(200, content=pieces())
        return httpx.Response(204)

    client = open_client(transport=httpx.MockTransport(answer))
    short = Patience(ASKED.steps, 0.2)
    begin = time.monotonic()
    with pytest.raises(PacsAnswerUnusable):
        DicomwebPacs(client, BASE, spool=SPOOL, patience=short).search(OURS, most=5)
    assert time.monotonic() - begin < 3
    assert 2 * ASKED.whole < 20  # two questions, and the page, within the function's 28 s


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
_TAGS = st.sampled_from(["0020000D", "00100020", "00100010", "00080020", "00080061", "00201208"])


@given(st.lists(st.dictionaries(_TAGS, _VALUES | st.fixed_dictionaries({"Value": _VALUES}))))
def test_any_answer_gives_no_study_but_those_of_the_question(answers: list[Any]) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return streamed(httpx.Response(200, json=answers))

    client = open_client(transport=httpx.MockTransport(answer))
    found = DicomwebPacs(client, BASE, spool=SPOOL).search(OURS, most=5)
    assert all(seen.patient_id == OURS.patient_id for seen in found.studies)
