"""C-FIND: questions, answers in their own characters, last words."""

from __future__ import annotations

from io import BytesIO
from itertools import count
from pathlib import Path
from time import sleep

import pytest
from pydicom import Dataset
from pydicom.filereader import read_dataset
from pynetdicom.events import Event

from agent.pacs.failures import RequestFailed
from agent.pacs.finding import Finder, attributes_of
from functions.drimbox.errors import Held, PacsAnswerUnusable
from functions.drimbox.images.answer_values import number, person, text
from tests.agent.pacs.scripted import Script, Words, agent_before, answer
from tests.drimbox.images.samples import SERIES, STUDY

UID = "0020000D"
STUDIES = {"most": 10}


def answers(*told: Dataset, last: int | None = None) -> Script:
    def find(_: Event) -> Words:
        for one in told:
            yield 0xFF00, one
        if last is not None:
            yield last, None

    return Script(find=find)


def test_a_question_has_its_level_its_keys_and_no_character_set(tmp_path: Path) -> None:
    script = answers()
    with agent_before(script, tmp_path) as parts:
        parts.finder.find("SERIES", {UID: STUDY}, ("00080060", "00200011"), most=10)
        parts.finder.find("STUDY", {"00100010": "BÉZIERS*"}, (UID,), most=10)
    asked, named = script.asked
    assert (asked.QueryRetrieveLevel, asked.StudyInstanceUID) == ("SERIES", STUDY)
    assert [one.keyword for one in asked] == [
        "QueryRetrieveLevel",
        "Modality",
        "StudyInstanceUID",
        "SeriesNumber",
    ]
    assert (named.SpecificCharacterSet, named.PatientName) == ("ISO_IR 192", "BÉZIERS*")


@pytest.mark.parametrize("characters", ["ISO_IR 100", "ISO_IR 192"])
def test_an_answer_is_decoded_in_its_own_characters(characters: str, tmp_path: Path) -> None:
    told = answer(
        SpecificCharacterSet=characters,
        PatientName="BÉZIERS^ZOÉ=IDEO",
        StudyDescription="DURÉE",
        ModalitiesInStudy=["CT", "SR"],
        NumberOfStudyRelatedInstances=12,
        AccessionNumber="",
    )
    tags = ("00100010", "00081030", "00080061", "00201208", "00080050", "00080020")
    with agent_before(answers(told), tmp_path) as parts:
        (found,), more = parts.finder.find("STUDY", {UID: STUDY}, tags, most=10)
    assert not more
    assert person(found, "00100010") == "BÉZIERS^ZOÉ"
    assert text(found, "00081030") == "DURÉE"
    assert found["00080061"]["Value"] == ["CT", "SR"]
    assert number(found, "00201208") == 12
    assert found["00080050"] == {"vr": "SH"}
    assert "00080020" not in found


def test_a_value_that_pydicom_would_judge_is_taken_as_it_came(tmp_path: Path) -> None:
    found = attributes_of(raw(b"\x20\x00\x13\x00IS\x04\x00abc "), ("00200013",))
    assert found == {"00200013": {"vr": "IS", "Value": ["abc"]}}
    found = attributes_of(raw(b"\x08\x00\x30\x10LO\x04\x00a\\b "), ("00081030",))
    assert found["00081030"]["Value"] == ["a", "b"]


def raw(element: bytes) -> Dataset:
    return read_dataset(BytesIO(element), False, True)


@pytest.mark.parametrize(
    ("last", "error"),
    [
        (0xFE00, PacsAnswerUnusable),
        (0xA700, RequestFailed),
        (0xA900, RequestFailed),
        (0xC001, RequestFailed),
        (0x0124, Held),
    ],
)
def test_a_last_word_that_is_no_success_gives_no_answers(
    last: int, error: type[Exception], tmp_path: Path
) -> None:
    script = answers(answer(StudyInstanceUID=STUDY), last=last)
    with agent_before(script, tmp_path) as parts, pytest.raises(error):
        parts.finder.find("STUDY", {UID: STUDY}, (), **STUDIES)


def test_an_archive_that_falls_silent_or_goes_away_gives_no_answers(tmp_path: Path) -> None:
    def silent(_: Event) -> Words:
        yield 0xFF00, answer(StudyInstanceUID=STUDY)
        sleep(7)

    def gone(event: Event) -> Words:
        yield 0xFF00, answer(StudyInstanceUID=STUDY)
        event.assoc.abort()

    for number_, find in enumerate((silent, gone)):
        folder = tmp_path / str(number_)
        folder.mkdir()
        with agent_before(Script(find=find), folder) as parts, pytest.raises(RequestFailed):
            parts.finder.find("STUDY", {UID: STUDY}, (), **STUDIES)


def test_answers_are_bounded_in_number_and_time(tmp_path: Path) -> None:
    script = answers(*(answer(SeriesInstanceUID=f"{SERIES}.{n}") for n in range(5)))
    with agent_before(script, tmp_path) as parts:
        found, more = parts.finder.find("SERIES", {UID: STUDY}, ("0020000E",), most=3)
        assert (len(found), more) == (3, True)
        found, more = parts.finder.find("SERIES", {UID: STUDY}, ("0020000E",), most=5)
        assert (len(found), more) == (5, False)
        seconds = count()
        slow = Finder(parts.associations, lambda: next(seconds))
        with pytest.raises(RequestFailed, match="too long"):
            slow.find("SERIES", {UID: STUDY}, ("0020000E",), most=5, seconds=2)
