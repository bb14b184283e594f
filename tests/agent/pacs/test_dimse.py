"""The archive over DIMSE: indexes, objects, and the troubles of real archives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pynetdicom.events import Event

from agent.pacs import dimse as module
from agent.pacs.port import Place
from functions.drimbox.errors import Held, PacsAnswerUnusable, PacsUnavailable
from functions.drimbox.manifest.elements import Malformed
from functions.drimbox.oid import Uid
from functions.drimbox.study.found_study import StudyCriteria
from functions.drimbox.study.index import StudyIndex
from tests.agent.pacs.scripted import Script, Words, agent_before, answer
from tests.drimbox.images.samples import JPEG_LS, SERIES, STUDY, instance, selection

XA = "1.2.840.10008.5.1.4.1.1.12.1"
RUN = "1.2.250.9.5.2"
CLASSLESS = frozenset({"SOPClassUID", "NumberOfFrames"})


def run(number: int = 1, **changes: Any) -> bytes:
    return instance(
        number,
        **{
            "SOPClassUID": XA,
            "SOPInstanceUID": f"{RUN}.{number}",
            "SeriesInstanceUID": RUN,
            "Modality": "XA",
            "SeriesNumber": 1,
            "NumberOfFrames": 2,
            "PixelData": bytes(64),
            **changes,
        },
    )


def objects() -> list[bytes]:
    return [
        *(instance(number) for number in (3, 1, 2)),
        instance(4, JPEG_LS),
        run(),
        selection("113000", "1.2.99.1", f"{SERIES}.2"),
        selection("113001", "1.2.99.2", f"{SERIES}.3"),
    ]


def indexed(script: Script, folder: Path, *, get: bool = False) -> StudyIndex | None:
    with agent_before(script, folder, get=get) as parts:
        found = parts.pacs.find_study(STUDY)
    assert list(parts.spool.iterdir()) == []
    return found


@pytest.mark.parametrize("get", [False, True])
@pytest.mark.parametrize("untold", [frozenset(), CLASSLESS, frozenset({"NumberOfFrames"})])
def test_the_index_is_the_same_whatever_the_archive_leaves_out(
    untold: frozenset[str], get: bool, tmp_path: Path
) -> None:
    found = indexed(Script(objects(), untold=untold), tmp_path, get=get)
    assert found is not None
    assert (found.patient_id, found.accession_number) == ("IPP-00471", "ACN-77")
    assert found.patient_name == "BÉZIERS^ZOÉ"
    assert (found.study_date, found.study_time, found.study_id) == ("20260102", "093015", "S77")
    xa, slices, notes = found.series
    assert (xa.modality, xa.instances[0].number_of_frames, xa.number) == ("XA", 2, 1)
    assert xa.instances[0].sop_class_uid == XA
    assert [one.instance_number for one in slices.instances] == [1, 2, 4]
    assert slices.description == "Axiales"
    assert [one.sop_instance_uid for one in notes.instances] == ["1.2.99.1"]
    (note,) = found.key_images
    assert (note.text, note.references) == ("Nodule", (f"{SERIES}.2",))


def test_only_what_is_needed_is_fetched(tmp_path: Path) -> None:
    script = Script([instance(1), instance(2), selection("113000", "1.2.99.1", f"{SERIES}.2")])
    indexed(script, tmp_path)
    moved = [one for one in script.asked if "PatientID" not in one and len(one) == 4]
    assert [(one.QueryRetrieveLevel, one.get("SOPInstanceUID")) for one in moved][-1:] == [
        ("IMAGE", "1.2.99.1")
    ]


def test_a_study_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert indexed(Script([]), tmp_path) is None


def test_identifiers_that_the_study_lacks_come_from_an_object(tmp_path: Path) -> None:
    script = Script([instance(1, AccessionNumber="ACN-É")], untold=frozenset({"AccessionNumber"}))
    found = indexed(script, tmp_path)
    assert found is not None
    assert (found.patient_id, found.accession_number) == ("IPP-00471", "ACN-É")


def test_answers_about_others_are_left_out(tmp_path: Path) -> None:
    script = Script([instance(1)])

    def all_of_it(event: Event) -> Words:
        level = event.identifier.QueryRetrieveLevel
        if level == "STUDY":
            for uid in (STUDY, "1.2.250.9.55"):
                yield 0xFF00, answer(StudyInstanceUID=uid, PatientID="P")
        elif level == "SERIES":
            for uid in (STUDY, "1.2.250.9.55"):
                told = answer(StudyInstanceUID=uid, SeriesInstanceUID=f"{uid}.1", Modality="CT")
                yield 0xFF00, told
        else:
            for uid in (STUDY, "1.2.250.9.55"):
                yield (
                    0xFF00,
                    answer(
                        StudyInstanceUID=uid,
                        SeriesInstanceUID=f"{uid}.1",
                        SOPInstanceUID=f"{uid}.1.1",
                        SOPClassUID="1.2.840.10008.5.1.4.1.1.2",
                        InstanceNumber="1",
                        AccessionNumber="A",
                    ),
                )

    script.find = all_of_it
    found = indexed(script, tmp_path)
    assert found is not None
    assert [one.series_instance_uid for one in found.series] == [SERIES]


@pytest.mark.parametrize(
    "told",
    [
        {"PatientID": "P"},
        {"StudyInstanceUID": STUDY, "NumberOfStudyRelatedInstances": 9},
        {"StudyInstanceUID": STUDY, "NumberOfStudyRelatedSeries": 9},
    ],
)
def test_answers_that_contradict_each_other_are_no_index(
    told: dict[str, Any], tmp_path: Path
) -> None:
    script = Script([instance(1)])
    good = script.found

    def find(event: Event) -> Words:
        if event.identifier.QueryRetrieveLevel == "STUDY":
            yield 0xFF00, answer(**told)
        else:
            script.find = None
            yield from good(event)
            script.find = find

    script.find = find
    with pytest.raises(PacsAnswerUnusable):
        indexed(script, tmp_path)


def test_too_many_answers_are_no_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LISTED", 2)
    with pytest.raises(Held, match="study_too_large"):
        indexed(Script([instance(n) for n in (1, 2, 3)]), tmp_path)


def test_a_question_that_many_studies_answer_is_not_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_STUDIES", 1)

    def find(_: Event) -> Words:
        for number in range(3):
            yield 0xFF00, answer(StudyInstanceUID=f"1.2.{number + 1}")

    with pytest.raises(PacsAnswerUnusable):
        indexed(Script([instance(1)], find=find), tmp_path)


def test_a_note_that_is_too_large_or_gone_is_no_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script([instance(1), selection("113000", "1.2.99.1", f"{SERIES}.1")])
    monkeypatch.setattr(module, "MAX_NOTE_BYTES", 100)
    with pytest.raises(PacsAnswerUnusable):
        indexed(script, tmp_path)
    monkeypatch.undo()
    good = script.found

    def find(event: Event) -> Words:
        if event.identifier.get("SOPInstanceUID") == "1.2.99.1":
            return
        script.find = None
        yield from good(event)
        script.find = find

    script.find = find
    (tmp_path / "again").mkdir()
    with pytest.raises(PacsAnswerUnusable, match="does not give a note"):
        indexed(script, tmp_path / "again")


def test_an_object_that_cannot_be_read_is_no_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def malformed(*_: object) -> None:
        raise Malformed("cut")

    monkeypatch.setattr(module, "read_header", malformed)
    with pytest.raises(PacsAnswerUnusable):
        indexed(Script(objects(), untold=CLASSLESS), tmp_path)


def test_a_series_comes_object_by_object(tmp_path: Path) -> None:
    with agent_before(Script(objects()), tmp_path) as parts:
        folder = tmp_path / "fill"
        folder.mkdir()
        paths = list(parts.pacs.retrieve_series(STUDY, SERIES, folder))
        assert len(paths) == len(set(paths)) == 4
        assert all(path.parent == folder for path in paths)
        assert sorted(folder.iterdir()) == sorted(paths)
        assert list(parts.pacs.retrieve_series(STUDY, Uid("1.2.3.4"), folder)) == []
        assert isinstance(parts.pacs.unavailable("x"), PacsAnswerUnusable)


@pytest.mark.parametrize(("echo", "failed"), [(0, True), (0x0210, False)])
def test_a_failure_for_one_study_is_no_outage(echo: int, failed: bool, tmp_path: Path) -> None:
    def find(_: Event) -> Words:
        yield 0xC001, None

    with (
        agent_before(Script([], find=find, echo=echo), tmp_path) as parts,
        pytest.raises(PacsUnavailable) as error,
    ):
        parts.pacs.find_study(STUDY)
    assert isinstance(error.value, PacsAnswerUnusable) is failed
    assert getattr(error.value, "failed", False) is failed


def test_studies_are_there_or_not(tmp_path: Path) -> None:
    with agent_before(Script(objects()), tmp_path) as parts:
        assert parts.pacs.has_study(STUDY)
        assert not parts.pacs.has_study(Uid("1.2.3.4"))


def test_studies_are_searched(tmp_path: Path) -> None:
    script = Script([instance(1), instance(2, StudyInstanceUID="1.2.9", PatientID="OTHER")])
    with agent_before(script, tmp_path) as parts:
        found = parts.pacs.search(StudyCriteria("IPP-00471", "", since="", until=""), most=5)
        (one,) = found.studies
        assert (one.study_instance_uid, one.patient_name) == (STUDY, "BÉZIERS^ZOÉ")
        assert found.complete
        assert parts.pacs.search(StudyCriteria("NONE", ""), most=5).studies == ()


def test_the_check_asks_for_life_a_study_and_an_object(tmp_path: Path) -> None:
    here = Place(STUDY, SERIES, Uid(f"{SERIES}.1"))
    script = Script([instance(1), instance(2)])
    with agent_before(script, tmp_path) as parts:
        parts.pacs.echo()
        assert parts.pacs.recent("20260101", "20260131") == here
        assert parts.pacs.recent("20250101", "20250131") is None
        folder = tmp_path / "given"
        folder.mkdir()
        assert parts.pacs.give(here, folder)
        assert not parts.pacs.give(Place(STUDY, SERIES, Uid("1.2.3")), folder)
    with pytest.raises(PacsUnavailable):
        parts.pacs.echo()


@pytest.mark.parametrize("level", ["SERIES", "IMAGE"])
def test_a_recent_study_without_objects_has_no_recent_object(level: str, tmp_path: Path) -> None:
    script = Script([instance(1)])
    good = script.found

    def find(event: Event) -> Words:
        if event.identifier.QueryRetrieveLevel != level:
            script.find = None
            yield from good(event)
            script.find = find

    script.find = find
    with agent_before(script, tmp_path) as parts:
        assert parts.pacs.recent("20260101", "20260131") is None
