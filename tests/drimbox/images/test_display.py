"""The display of an object, and the part of a series in the document of an exam."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.images import display_beside
from functions.drimbox.images.display import (
    Placed,
    display_of,
    first_frame,
    frame_names,
    redrawn,
    series_document,
    split,
)
from functions.drimbox.images.part10 import facts_of
from functions.drimbox.manifest.elements import Malformed
from functions.drimbox.oid import Uid
from tests.drimbox.images.display_scenes import (
    AXIAL,
    CT,
    ENHANCED_CT,
    US_FILM,
    colour,
    document,
    item,
    placed,
    shown,
    slice_of_ct,
)
from tests.drimbox.images.samples import JPEG_LS, SERIES, part10
from tests.drimbox.images.state_scenes import state

UID = str(SERIES)


def enhanced(count: int = 3, groups: int | None = None, **changes: Any) -> Any:
    """An enhanced CT; its frames stand from the feet up."""
    return slice_of_ct(
        SOPClassUID=ENHANCED_CT,
        NumberOfFrames=count,
        ImagePositionPatient=None,
        ImageOrientationPatient=None,
        PixelSpacing=None,
        PixelData=bytes(32 * count),
        SharedFunctionalGroupsSequence=[
            item(
                PlaneOrientationSequence=[item(ImageOrientationPatient=AXIAL)],
                PixelMeasuresSequence=[item(PixelSpacing=[1, 1])],
            )
        ],
        PerFrameFunctionalGroupsSequence=[
            item(PlanePositionSequence=[item(ImagePositionPatient=[0, 0, -z])])
            for z in range(count if groups is None else groups)
        ],
        **changes,
    )


def test_a_slice_has_all_in_common() -> None:
    found = shown(slice_of_ct(5, 12.5))
    assert (found["uid"], found["number"], found["count"]) == (f"{SERIES}.5", 5, 1)
    assert (found["modality"], found["description"]) == ("CT", "Axiales")
    assert found["same"]["windows"] == [[40, 400, ""], [-600, 1500, ""]]
    assert found["same"]["position"] == [-1, -2, 12.5]
    assert found["each"] == {}


def test_the_header_alone_is_enough() -> None:
    data = part10(slice_of_ct())
    cut = data[: len(data) - 32]
    assert display_of(cut[: cut.rindex(b"\xe0\x7f\x10\0")], facts_of(data)) == shown(slice_of_ct())


@pytest.mark.parametrize(
    ("syntax", "given", "lossy"),
    [
        ("50", "", True),
        ("51", "00", True),
        ("80", "", False),
        ("91", "01", True),
        ("91", "", False),
    ],
)
def test_a_lossy_image_is_told_by_its_attribute_or_by_its_syntax(
    syntax: str, given: str, lossy: bool
) -> None:
    root = slice_of_ct(BitsAllocated=8, BitsStored=8, HighBit=7, LossyImageCompression=given)
    data = part10(root)
    uid = Uid(f"1.2.840.10008.1.2.4.{syntax}")
    same = display_of(data, replace(facts_of(data), transfer_syntax=uid))["same"]
    assert same.get("lossy", False) is lossy


def test_frames_have_their_own_places() -> None:
    found = shown(enhanced())
    assert found["count"] == 3
    assert found["each"] == {"position": [[0, 0, 0], [0, 0, -1], [0, 0, -2]]}
    assert found["same"]["orientation"] == AXIAL


def test_a_film_has_no_place_of_its_first_frame() -> None:
    found = shown(colour(NumberOfFrames=4, ImagePositionPatient=[0, 0, 0], PixelData=bytes(192)))
    assert found["count"] == 4
    assert "position" not in found["same"]
    assert found["each"] == {}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"groups": 2}, "frames"),
        ({"count": 0}, "frames"),
        ({"BitsAllocated": 32}, "bits"),
        ({"PixelPaddingValue": 0, "SharedFunctionalGroupsSequence": None}, "geometry"),
    ],
)
def test_the_reason_stands_instead_of_frames(changes: dict[str, Any], why: str) -> None:
    root = enhanced(**{k: v for k, v in changes.items() if v is not None})
    if changes.get("SharedFunctionalGroupsSequence", root) is None:
        del root.SharedFunctionalGroupsSequence
    found = shown(root)
    assert found["why"] == why
    assert not {"same", "each", "count"} & found.keys()


def test_a_data_set_that_cannot_be_read_is_not_drawn() -> None:
    data = part10(slice_of_ct())
    facts = facts_of(data)
    spoiled = bytearray(data)
    at = data.index(b"\x28\0\x10\0US")
    spoiled[at + 4 : at + 6] = b"!!"
    found = display_of(bytes(spoiled), facts)
    assert found["why"] == "unreadable"
    assert found["uid"] == facts.sop_instance_uid


def test_a_palette_goes_with_its_image() -> None:
    root = slice_of_ct(
        SOPClassUID=US_FILM,
        PhotometricInterpretation="PALETTE COLOR",
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PixelData=bytes(16),
    )
    for number in range(3):
        root.add_new(0x00281101 + number, "US", [256, 0, 16])
        root.add_new(0x00281201 + number, "OW", bytes([0, 9]) * 256)
    assert shown(root)["same"]["palette"]["bits"] == 16


def test_a_series_is_in_display_order() -> None:
    objects = [
        placed(slice_of_ct(number, z), at=at, offset=at * 2000)
        for at, (number, z) in enumerate(((2, 10.0), (1, 20.0), (3, 0.0)))
    ]
    keys = {(f"{SERIES}.3", 1), (f"{SERIES}.1", None), (f"{SERIES}.2", 9)}
    found = series_document(UID, objects, keys)
    assert json.loads(json.dumps(found)) == found
    assert found["uid"] == UID
    assert found["frames"] == [[1, 3000, 32], [0, 1000, 32], [2, 5000, 32]]
    assert found["each"]["number"] == [1, 2, 3]
    assert [place[2] for place in found["each"]["position"]] == [20, 10, 0]
    assert found["same"]["rows"] == 4
    assert (found["keys"], found["in_space"], found["count"]) == ([0, 2], True, 3)
    assert found["syntax"] == "1.2.840.10008.1.2.1"
    assert "as" not in found


def test_frames_of_an_object_have_their_number_and_their_fragments() -> None:
    one = Placed(shown(enhanced(2)), 4, 7, ((1, 2), (10, 5, 20, 6)))
    found = series_document(UID, [one], {(one.display["uid"], 2)})
    assert found["frames"] == [[4, 8, 2], [4, [17, 5], [27, 6]]]
    assert found["each"]["frame"] == [1, 2]
    assert found["keys"] == [1]


def test_a_frame_may_have_what_others_lack() -> None:
    root = enhanced(2)
    del root.WindowCenter, root.WindowWidth
    window = item(WindowCenter=[7], WindowWidth=[9])
    root.PerFrameFunctionalGroupsSequence[1].FrameVOILUTSequence = [window]
    found = series_document(UID, [placed(root)])
    assert found["each"]["windows"] == [None, [[7, 9, ""]]]


def test_a_series_may_have_several_syntaxes() -> None:
    found = series_document(
        UID, [placed(slice_of_ct(1)), placed(slice_of_ct(2, 5.0), syntax=JPEG_LS)]
    )
    assert found["syntax"] is None
    assert found["each"]["syntax"] == ["1.2.840.10008.1.2.1", JPEG_LS]


def test_one_object_that_cannot_be_drawn_makes_a_series_of_dicom_files() -> None:
    good = placed(slice_of_ct(1))
    bad = placed(slice_of_ct(2, ImagePositionPatient=None))
    found = series_document(UID, [good, bad], {(f"{SERIES}.1", None)})
    assert (found["as"], found["why"], found["count"]) == ("dicom", "geometry", 2)
    assert (found["frames"], found["keys"], found["same"], found["each"]) == ([], [], {}, {})


@pytest.mark.parametrize("frames", [None, (), ((0, 1), (1, 1))])
def test_frames_that_are_not_located_are_not_drawn(frames: Any) -> None:
    good = placed(slice_of_ct(1))
    found = series_document(UID, [Placed(good.display, 0, 0, frames)])
    assert (found["as"], found["why"]) == ("dicom", "frames")


def test_an_empty_series_is_empty() -> None:
    found = series_document(UID, [])
    assert (found["frames"], found["count"], found["modality"]) == ([], 0, "")


def test_the_first_frame_is_a_key_image_or_the_middle_of_slices() -> None:
    slices = [placed(slice_of_ct(number, float(number))) for number in range(1, 8)]
    assert first_frame(series_document(UID, slices)) == 3
    assert first_frame(series_document(UID, slices, {(f"{SERIES}.7", None)})) == 6
    assert first_frame(series_document(UID, slices[:1])) == 0
    assert first_frame(series_document(UID, [placed(slice_of_ct(1, SOPClassUID=CT, Rows=0))])) == 0


def document_of(number: int, offset: int = 7) -> Placed:
    return Placed(shown(document(SOPInstanceUID=f"{SERIES}.{number}")), 2, offset, None)


def test_a_series_of_documents_lists_them() -> None:
    one = document_of(1)
    found = series_document(UID, [document_of(2), one])
    assert (found["as"], found["frames"], found["count"]) == ("documents", [], 2)
    start, size = one.display["document"]["range"]
    told = found["documents"][0]
    assert (told["uid"], told["kind"], told["at"]) == (f"{SERIES}.1", "pdf", 2)
    assert told["range"] == [7 + start, size]


def test_a_series_of_states_or_of_other_objects_has_no_frames() -> None:
    held = Placed(shown(state()), 0, 0, None)
    assert series_document(UID, [held])["as"] == "states"
    mixed = series_document(UID, [held, placed(slice_of_ct(2))])
    assert (mixed["as"], mixed["why"]) == ("dicom", "class")
    assert frame_names([held]) == []
    # An object of a class that nobody here shows, and a document that is cut.
    assert shown(document(SOPClassUID="1.2.840.10008.5.1.4.1.1.104.2"))["why"] == "class"
    strange = Placed(shown(document(MIMETypeOfEncapsulatedDocument="text/xml")), 0, 0, None)
    [told] = series_document(UID, [strange])["documents"]
    assert told == {"uid": strange.display["uid"], "why": "document"}


def test_a_document_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: object) -> None:
        raise Malformed("cut")

    monkeypatch.setattr(display_beside, "beside", cut)
    assert shown(document())["why"] == "unreadable"


@given(st.permutations(range(5)), st.randoms())
def test_the_order_of_arrival_does_not_matter(order: list[int], at: random.Random) -> None:
    where = at.randint(0, 9)
    objects = [placed(slice_of_ct(n, n * 2.0), at=where) for n in (1, 2, 3, 4, 5)]
    expected = series_document(UID, objects)
    assert series_document(UID, [objects[one] for one in order]) == expected


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.none() | st.integers(0, 2)), max_size=6))
def test_what_is_split_can_be_put_together(frames: list[dict[str, Any]]) -> None:
    same, each = split(frames)
    assert not same.keys() & each.keys()
    for place, frame in enumerate(frames):
        again = {**same, **{name: given[place] for name, given in each.items()}}
        assert {k: v for k, v in again.items() if v is not None} == {
            k: v for k, v in frame.items() if v is not None
        }


def test_an_attribute_that_means_more_than_its_value_is_not_redrawn() -> None:
    facts = facts_of(part10(slice_of_ct()))
    before: dict[str, Any] = {"count": 1, "each": [], "same": {}}
    assert redrawn(before, {}, facts, [0x00200037]) is None
