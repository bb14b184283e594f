"""The masks of a film of vessels: told frame by frame, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from pydicom import Dataset

from functions.drimbox.images.display_masks import MAX_FRAMES, frame_masks, with_masks
from tests.drimbox.images.display_scenes import attributes, item, shown, slice_of_ct

XA = "1.2.840.10008.5.1.4.1.1.12.1"


def film(*masks: Dataset, count: int = 4, **more: Any) -> Dataset:
    gone = ("RescaleSlope", "RescaleIntercept", "ImagePositionPatient", "ImageOrientationPatient")
    facts: dict[str, Any] = {"SOPClassUID": XA, "Modality": "XA", "NumberOfFrames": count}
    made = slice_of_ct(**{**facts, **dict.fromkeys(gone), **more})
    made.MaskSubtractionSequence = list(masks)
    return made


def masks(*of: Dataset, count: int = 4, **more: Any) -> list[list[int]]:
    found = frame_masks(attributes(film(*of, count=count, **more))[0], count)
    return [one.get("mask", []) for one in found]


def average(*numbers: int, **more: Any) -> Dataset:
    return item(MaskOperation="AVG_SUB", MaskFrameNumbers=list(numbers), **more)


def test_a_mask_is_the_mean_of_frames_for_a_range_of_others() -> None:
    assert masks(average(1, 2)) == [[1, 2]] * 4
    assert masks(average(1, ApplicableFrameRange=[2, 3])) == [[], [1], [1], []]
    assert masks(average(1, ApplicableFrameRange=[2, 2, 4, 4])) == [[], [1], [], [1]]


def test_the_first_item_that_holds_for_a_frame_decides() -> None:
    first = average(1, ApplicableFrameRange=[1, 2])
    assert masks(first, average(4)) == [[1], [1], [4], [4]]
    nothing = item(MaskOperation="NONE", ApplicableFrameRange=[1, 2])
    assert masks(nothing, average(4)) == [[], [], [4], [4]]


def test_a_mask_before_each_frame() -> None:
    assert masks(item(MaskOperation="TID", TIDOffset=2)) == [[], [], [1], [2]]
    # Without a value the frame before is the mask; a negative one means a later frame.
    assert masks(item(MaskOperation="TID", TIDOffset=None)) == [[], [1], [2], [3]]
    assert masks(item(MaskOperation="TID", TIDOffset=-1)) == [[2], [3], [4], []]


def test_a_mask_that_goes_backwards() -> None:
    back = item(MaskOperation="REV_TID", TIDOffset=1, ApplicableFrameRange=[4, 6])
    assert masks(back, count=6) == [[], [], [], [3], [2], [1]]
    assert masks(item(MaskOperation="REV_TID", TIDOffset=1)) == []


@pytest.mark.parametrize(
    "one",
    [
        average(9),
        average(0),
        average(*[1] * (MAX_FRAMES + 1)),
        average(1, MaskSubPixelShift=[0.5, 0]),
        average(1, ContrastFrameAveraging=2),
        average(1, ApplicableFrameRange=[1, 2, 3]),
        item(MaskOperation="AVG_SUB", MaskFrameNumbers=None),
        item(MaskOperation="AVG_SUB"),
        item(MaskOperation="OTHER", MaskFrameNumbers=[1]),
        item(),
    ],
)
def test_a_mask_that_is_not_understood_is_none(one: Dataset) -> None:
    assert masks(one) == []


def test_what_changes_nothing_is_no_reason_against_a_mask() -> None:
    assert masks(average(1, MaskSubPixelShift=[0.0, 0.0], ContrastFrameAveraging=1)) == [[1]] * 4


@pytest.mark.parametrize("tag", ["00286102", "00286110", "00286112", "00286114"])
def test_an_element_that_nobody_read_is_not_overlooked(tag: str) -> None:
    found = attributes(film(average(1)))[0]
    found["00286100"]["Value"][0][tag] = {"vr": "UN", "InlineBinary": "AAAA"}
    assert frame_masks(found, 4) == []
    found = attributes(film(average(1)))[0]
    found["00286100"]["Value"][0]["00286110"]["Value"] = [None]
    assert frame_masks(found, 4) == []


@pytest.mark.parametrize(
    "outer", ["SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"]
)
def test_a_shift_of_frames_is_none(outer: str) -> None:
    shifts = [item(SubtractionItemID=1)]
    groups: dict[str, Any] = {outer: [item(FramePixelShiftSequence=shifts)]}
    assert masks(average(1), **groups) == []


def test_masks_go_with_what_frames_have_of_their_own() -> None:
    assert with_masks([], [{"mask": [1]}]) == [{"mask": [1]}]
    assert with_masks([{"slope": 2}], []) == [{"slope": 2}]
    assert with_masks([{"slope": 2}], [{"mask": [1]}]) == [{"slope": 2, "mask": [1]}]


def test_the_display_tells_masks_and_what_the_device_recommends() -> None:
    told = shown(film(average(1), RecommendedViewingMode="SUB"))
    assert told["same"]["mask"] == [1]
    assert told["same"]["viewing"] == "SUB"
    told = shown(film(average(1, ApplicableFrameRange=[2, 4])))
    assert told["each"]["mask"] == [None, [1], [1], [1]]
    colour: dict[str, Any] = {
        "SamplesPerPixel": 3,
        "PhotometricInterpretation": "RGB",
        "PlanarConfiguration": 0,
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
    }
    assert "mask" not in shown(film(average(1), **colour))["same"]
    assert "mask" not in shown(film(average(1), count=1))["same"]
