"""The attributes that a display needs, read from DICOM JSON."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.images.display_attributes import (
    MAX_TEXT,
    by_frame,
    items,
    printable,
    values,
    whole_object,
    with_windows,
)
from tests.drimbox.images.display_scenes import SPACE, attributes, item, slice_of_ct

_JSON = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4),
)


def test_geometry_pixels_and_windows_are_read() -> None:
    _, found = attributes(slice_of_ct(3, 2.5, Laterality="L", KVP="120"))
    expected: dict[str, Any] = {
        "rows": 4,
        "bits": 12,
        "signed": 0,
        "photometric": "MONOCHROME2",
        "position": [-1, -2, 2.5],
        "orientation": [1, 0, 0, 0, 1, 0],
        "spacing": [0.5, 0.7],
        "space": SPACE,
        "slope": 1,
        "intercept": -1024,
        "number": 3,
        "laterality": "L",
        "kv": 120,
    }
    assert {key: found[key] for key in expected} == expected
    assert with_windows(found)["windows"] == [[40, 400, ""], [-600, 1500, ""]]


def test_view_regions_and_overlays_are_told() -> None:
    root = slice_of_ct(
        ViewCodeSequence=[item(CodeMeaning="cranio-caudal")],
        SequenceOfUltrasoundRegions=[
            item(RegionLocationMinX0=1, PhysicalDeltaX=0.02, PhysicalUnitsXDirection=3)
        ],
        LossyImageCompression="01",
        BurnedInAnnotation="YES",
    )
    root.add_new(0x60000010, "US", 4)
    root.add_new(0x60020010, "US", 4)
    _, found = attributes(root)
    assert found["view_name"] == "cranio-caudal"
    assert found["regions"] == [{"x0": 1, "dx": 0.02, "x_unit": 3}]
    assert found["overlays"] == 2
    assert found["lossy"] is True
    assert found["burned"] is True


def test_functional_groups_stand_over_the_object_itself() -> None:
    root = slice_of_ct(
        SharedFunctionalGroupsSequence=[item(PixelMeasuresSequence=[item(PixelSpacing=[2, 3])])],
        PerFrameFunctionalGroupsSequence=[
            item(PlanePositionSequence=[item(ImagePositionPatient=[0, 0, z])]) for z in (1, 2)
        ],
    )
    found, whole = attributes(root)
    assert whole["spacing"] == [2, 3]
    assert [one["position"] for one in by_frame(found)] == [[0, 0, 1], [0, 0, 2]]


def test_a_view_without_words_is_no_view() -> None:
    _, found = attributes(slice_of_ct(ViewCodeSequence=[item(CodeValue="1")]))
    assert "view_name" not in found


@pytest.mark.parametrize(
    ("tag", "vr", "given_values", "key"),
    [
        (0x00280010, "DS", [4.5], "rows"),
        (0x00280010, "CS", ["4"], "rows"),
        (0x00180050, "DS", ["thick"], "thickness"),
        (0x00280030, "DS", [1, "x"], "spacing"),
        (0x00280030, "DS", [1, 2, 3], "spacing"),
        (0x00280030, "SQ", [{}], "spacing"),
        (0x00280030, "DS", [], "spacing"),
        (0x00280004, "US", [4], "photometric"),
        (0x00200052, "UI", ["not-a-uid"], "space"),
        (0x00200052, "UI", [None], "space"),
        (0x00200060, "CS", [" \x07"], "laterality"),
    ],
)
def test_another_kind_of_value_is_an_absent_one(
    tag: int, vr: str, given_values: list[Any], key: str
) -> None:
    assert key not in whole_object({f"{tag:08X}": {"vr": vr, "Value": given_values}})


@pytest.mark.parametrize("value", ["-1024,0", None, "x"])
def test_an_unread_rescale_is_no_absent_one(value: Any) -> None:
    for tag, key in (("00281052", "intercept"), ("00281053", "slope")):
        found = whole_object({tag: {"vr": "DS", "Value": [value]}})
        assert found == {"unread": key}
        assert "unread" not in whole_object({tag: {"vr": "DS"}})
    group = {"00289145": {"vr": "SQ", "Value": [{"00281053": {"vr": "DS", "Value": [value]}}]}}
    assert by_frame({"52009230": {"vr": "SQ", "Value": [group]}}) == [{"unread": "slope"}]


def test_a_list_of_texts_keeps_its_places() -> None:
    root = {"00080008": {"vr": "CS", "Value": ["ORIGINAL", None, "AXIAL"]}}
    assert whole_object(root)["type"] == ["ORIGINAL", "", "AXIAL"]


def test_texts_are_short_and_seen() -> None:
    assert printable("a\x00b\n" + "x" * 100) == ("ab " + "x" * 100)[:MAX_TEXT]
    assert printable("n°2\u00a012\u202fmm\n") == "n°2 12 mm"


def test_items_of_what_is_no_sequence_are_none() -> None:
    root = {"00081140": {"vr": "LO", "Value": ["x"]}}
    assert not items(root, 0x00081140)
    assert values(root, 0x00081140) == ["x"]


def test_windows_need_a_positive_width_and_keep_their_names() -> None:
    frame = {"centers": [1, 2, 3], "widths": [10, 0, 5], "names": ["LUNG"], "voi": "LINEAR"}
    found = with_windows(frame)
    assert found == {"voi": "LINEAR", "windows": [[1, 10, "LUNG"], [3, 5, ""]]}
    assert with_windows({"centers": [1], "widths": [-1]}) == {}


@given(st.dictionaries(st.sampled_from(["00280010", "00280030", "00281050", "00200037"]), _JSON))
def test_any_value_is_read_or_left_out(given_values: dict[str, Any]) -> None:
    root = {
        tag: {"vr": "DS", "Value": one if isinstance(one, list) and one else [one]}
        for tag, one in given_values.items()
    }
    found = whole_object(root)
    assert len(found.get("spacing", [1, 2])) == 2
    assert len(found.get("orientation", [0] * 6)) == 6


def test_a_shutter_is_told() -> None:
    assert attributes(slice_of_ct(ShutterShape="CIRCULAR"))[1]["shutter"] is True
    frame = item(FrameDisplayShutterSequence=[item(ShutterShape="RECTANGULAR")])
    root = slice_of_ct(PerFrameFunctionalGroupsSequence=[frame, item()])
    assert [one.get("shutter") for one in by_frame(attributes(root)[0])] == [True, None]


def test_an_image_that_is_to_be_processed_says_so() -> None:
    assert attributes(slice_of_ct(PresentationIntentType="FOR PROCESSING"))[1]["raw"] is True
    assert "raw" not in attributes(slice_of_ct(PresentationIntentType="FOR PRESENTATION"))[1]
