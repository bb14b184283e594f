"""functions.drimbox.reading.checking: objects read by a few values, as if they were read whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset, config

from functions.drimbox.images import layout
from functions.drimbox.images.display import drawn
from functions.drimbox.images.layout import Layout
from functions.drimbox.reading.checking import Checker, Expected, OtherPatient, Ready
from functions.drimbox.reading.pixel_patient import Identity, PixelPatient
from tests.drimbox.images.display_scenes import slice_of_ct
from tests.drimbox.images.samples import EXPLICIT, IMPLICIT, JPEG_LS, SERIES, STUDY, part10
from tests.drimbox.reading.sites import uid

EXPECTED = Expected(STUDY, SERIES, frozenset(uid(n) for n in range(1, 30)))


def judge(patient: PixelPatient) -> Identity:
    known = {("BÉZIERS", "ZOÉ"): Identity.AGREES, ("", ""): Identity.UNKNOWN}
    return known.get((*patient.names, ("", ""))[0], Identity.DIFFERS)


@pytest.fixture(autouse=True, scope="module")
def _any_value() -> Iterator[None]:
    """pydicom writes what it is given."""
    before = config.settings.writing_validation_mode
    config.settings.writing_validation_mode = config.IGNORE
    yield
    config.settings.writing_validation_mode = before


def checker(spool: Path) -> Checker:
    return Checker(EXPECTED, judge, drawn, spool)


def told(made: Checker, data: bytes) -> Any:
    """Everything that is known of an object."""
    before = made.strangers
    try:
        ready = made.ready(data, ())
    except OtherPatient as other:
        return other.patient
    if ready is None:
        return made.strangers - before
    content = ready.content if isinstance(ready.content, bytes) else ready.content.read_bytes()
    return ready.facts, content, ready.size, ready.frames, ready.identity, ready.display


def region(number: int) -> Dataset:
    made = Dataset()
    made.RegionLocationMinX0 = number
    return made


CHANGES: dict[str, Any] = {
    "ImagePositionPatient": st.sampled_from([[0, 0, 1.5], [0, 0, -112.25], "", [1, 2]]),
    "SliceThickness": st.sampled_from(["1", "2.5", ""]),
    "WindowCenter": st.sampled_from([40, [40, 400]]),
    "WindowWidth": st.sampled_from([400, 0]),
    "RescaleSlope": st.sampled_from(["1", "2", ""]),
    "PatientName": st.sampled_from(["BÉZIERS^ZOÉ", "", "AUTRE^QUI"]),
    "PatientID": st.sampled_from(["IPP-00471", "IPP-1"]),
    "XRayTubeCurrent": st.sampled_from(["200", "210", ""]),
    "KVP": st.sampled_from(["120", "80.5", ""]),
    "StudyDescription": st.sampled_from(["Scanner", "Scanner thoracique"]),
    "SeriesDescription": st.sampled_from(["Axiales", "Été"]),
    "SpecificCharacterSet": st.sampled_from(["ISO_IR 100", "ISO_IR 192"]),
    "Rows": st.sampled_from([4, 8]),
    "NumberOfFrames": st.sampled_from(["1", "2"]),
    "BodyPartExamined": st.sampled_from([None, "CHEST"]),
    "SequenceOfUltrasoundRegions": st.sampled_from([[region(1)], [region(2)], []]),
    "PresentationLUTShape": st.sampled_from(["IDENTITY", "INVERSE"]),
}
SYNTAXES = st.sampled_from([EXPLICIT, EXPLICIT, EXPLICIT, JPEG_LS, JPEG_LS, IMPLICIT])


@st.composite
def objects(draw: st.DrawFn) -> list[bytes]:
    """Objects of one series: some attributes differ, now and then a byte is another one."""
    differing = draw(st.sets(st.sampled_from(sorted(CHANGES)), max_size=5))
    syntax = draw(SYNTAXES)
    made = []
    for number in range(1, draw(st.integers(3, 9))):
        changes = {name: draw(CHANGES[name]) for name in sorted(differing)}
        changes = {name: value for name, value in changes.items() if value is not None}
        root = slice_of_ct(number, number * 1.25, **changes)
        data = part10(root, draw(st.sampled_from([syntax, syntax, syntax, JPEG_LS])))
        if draw(st.integers(0, 5)) == 0:
            at = draw(st.integers(0, len(data) - 1))
            data = data[:at] + bytes([draw(st.integers(0, 255))]) + data[at + 1 :]
        elif draw(st.integers(0, 9)) == 0:
            data = data[: draw(st.integers(140, len(data)))]
        made.append(data)
    return made


@given(series=objects())
def test_what_is_read_by_a_few_values_is_what_is_read_whole(
    series: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    spool = tmp_path_factory.mktemp("spool")
    one = checker(spool)
    for data in series:
        for path in spool.iterdir():
            path.unlink()
        found = told(one, data)
        for path in spool.iterdir():
            path.unlink()
        assert found == told(checker(spool), data)


def test_most_objects_of_a_series_are_not_read_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lessons: list[bool] = []
    learn = Layout.learn

    def seen(self: Layout, *given: Any) -> bool:
        lessons.append(learn(self, *given))
        return lessons[-1]

    monkeypatch.setattr(layout.Layout, "learn", seen)
    made = checker(tmp_path)
    for number in range(1, 30):
        ready = made.ready(part10(slice_of_ct(number, number * 1.25), JPEG_LS), ())
        assert isinstance(ready, Ready)
        assert ready.display["same"]["position"] == [-1, -2, number * 1.25]
        assert ready.display["number"] == number
    assert len(lessons) <= 3


def test_an_object_of_another_form_leaves_the_layout_that_was_learned(tmp_path: Path) -> None:
    """Once enough was learned, an object that is read as a whole is no part of the layout."""

    def one(number: int, **changes: Any) -> bytes:
        forms = {"StudyID": None if number % 2 else "S"}
        return part10(slice_of_ct(number, number * 1.25, **forms, **changes))

    made = checker(tmp_path)
    for number in range(1, 25):
        told(made, one(number))
    assert told(made, one(3, PatientName="", SeriesDescription="Autre"))[4] is Identity.UNKNOWN
    for number in range(1, 25):
        assert told(made, one(number)) == told(checker(tmp_path), one(number))
