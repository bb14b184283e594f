"""functions.drimbox.images.layout: objects that differ in some values are read by these alone."""

from __future__ import annotations

from typing import Any

import pytest
from pydicom import Dataset
from pydicom.sequence import Sequence

from functions.drimbox.images.frames import PIXEL_GROUP, SHAPE
from functions.drimbox.images.layout import Alike, Layout
from functions.drimbox.images.part10 import INSTANCE, NUMBER, facts_of
from functions.drimbox.manifest.elements import EXPLICIT_LE, read_elements
from tests.drimbox.images.samples import EXPLICIT, JPEG_LS, dataset, instance, part10

POSITION = 0x00200032
REFERENCES = 0x00081140


def placed(number: int, **changes: Any) -> bytes:
    return instance(number, ImagePositionPatient=[0, 0, number * 1.25], **changes)


def learned(*objects: bytes, looked_at: frozenset[int] = frozenset({POSITION})) -> Layout:
    layout = Layout(looked_at)
    for one in objects:
        assert layout.learn(one, facts_of(one))
    return layout


def found(layout: Layout, data: bytes) -> Alike:
    alike = layout.find(data)
    assert alike is not None
    assert alike.facts == facts_of(data)
    whole = read_elements(data, alike.facts.head_end, EXPLICIT_LE, wanted=SHAPE, stop=PIXEL_GROUP)
    assert (alike.before.values, alike.before.end) == (whole.values, whole.end)
    return alike


def test_nothing_has_a_layout_before_one_is_learned() -> None:
    assert Layout(()).find(placed(1)) is None
    assert Layout(()).character_set == b""


def test_after_one_lesson_the_same_header_alone_has_the_layout() -> None:
    layout = learned(placed(1))
    assert found(layout, placed(1, PixelData=bytes(range(32)))).values == ()
    assert layout.find(placed(2)) is None


@pytest.mark.parametrize("syntax", [EXPLICIT, JPEG_LS])
def test_values_that_differ_are_read_whatever_their_lengths(syntax: str) -> None:
    def made(number: int) -> bytes:
        return part10(dataset(number, ImagePositionPatient=[0, 0, number * 1.25]), syntax)

    layout = learned(made(1), made(345))
    for number in (3, 21, 345, 6789):
        values = {one.tag: one for one in found(layout, made(number)).values}
        assert values[POSITION].vr == b"DS"
        written = values[POSITION].content.decode().split("\\")
        assert list(map(float, written)) == [0, 0, number * 1.25]
        assert values[NUMBER].content.strip() == str(number).encode()
        assert INSTANCE in values
    assert layout.character_set == b"ISO_IR 100"


def test_a_layout_widens_with_each_lesson() -> None:
    layout = learned(placed(1), placed(2))
    other = placed(3, StudyDescription="Autre")
    assert layout.find(other) is None
    assert layout.learn(other, facts_of(other))
    found(layout, placed(4, StudyDescription="Encore une autre"))


def test_another_form_begins_anew() -> None:
    layout = learned(placed(1), placed(2), placed(3, SliceThickness="1"))
    assert layout.find(placed(4)) is None
    assert layout.find(placed(4, SliceThickness="1")) is None
    found(layout, placed(3, SliceThickness="1"))


def references(number: int, *, closed: bool) -> Dataset:
    item = Dataset()
    item.ReferencedSOPInstanceUID = f"1.2.{number}"
    root = dataset(number)
    root.ReferencedImageSequence = Sequence([item] * (number % 3 + 1))
    root["ReferencedImageSequence"].is_undefined_length = closed
    root.add_new(0x00091005, "OB", bytes(2 * number))
    return root


@pytest.mark.parametrize("closed", [False, True])
def test_sequences_that_nobody_looks_at_may_differ(closed: bool) -> None:
    layout = learned(*(part10(references(number, closed=closed)) for number in (1, 2)))
    for number in (3, 4, 50):
        found(layout, part10(references(number, closed=closed)))
    data = part10(references(5, closed=closed))
    end = data.index(b"1.2.5") + 2
    assert layout.find(data[:end]) is None
    assert layout.find(data[:end] + bytes([255] * 40)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"Rows": 8, "Columns": 2},
        {"SpecificCharacterSet": "ISO_IR 192"},
        {"SeriesInstanceUID": "1.2.250.9.5.2"},
    ],
)
def test_what_everything_depends_on_never_differs_within_a_layout(change: dict[str, Any]) -> None:
    layout = learned(placed(1), placed(2, **change))
    assert layout.find(placed(1)) is None
    assert layout.find(placed(2, **change)) is None


def test_a_sequence_that_somebody_looks_at_never_differs_within_a_layout() -> None:
    objects = [part10(references(number, closed=False)) for number in (1, 2)]
    assert learned(*objects, looked_at=frozenset({REFERENCES})).find(objects[1]) is None


def test_the_names_of_an_object_agree_or_it_is_read_as_a_whole() -> None:
    layout = learned(placed(1), placed(2))
    data = placed(3)
    uid = b"1.2.250.9.5.1.3"
    assert data.count(uid) == 2
    assert layout.find(data.replace(uid, b"1.2.250.9.5.1.4", 1)) is None
    assert layout.find(data.replace(uid, b"1.2.250.9.5.x.3")) is None
    length = bytes((data[140] + 2,))
    assert layout.find(data[:140] + length + data[141:]) is None


def test_elements_out_of_order_or_without_pixels_have_no_layout() -> None:
    data = placed(1)
    # The number of the series before that of the object, which is another order.
    start = data.index(b"\x20\0\x11\0IS")
    twice = data[:start] + data[start : start + 10] + data[start:]
    assert learned(twice).find(twice) is None
    without = instance(1, PixelData=None)
    assert learned(placed(1), without).find(without) is None


def test_the_lessons_end() -> None:
    layout = Layout(())
    objects = [placed(number, StudyID=None if number % 2 else "S") for number in range(1, 40)]
    lessons = [layout.learn(one, facts_of(one)) for one in objects]
    assert 1 < lessons.count(True) < 39
    last = objects[lessons.count(True) - 1]
    found(layout, last)
