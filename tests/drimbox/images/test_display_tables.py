"""Lookup tables of images: applied by their entries, or not at all."""

from __future__ import annotations

import struct
from base64 import b64decode
from typing import Any

import pytest
from pydicom import Dataset

from functions.drimbox.images.display_tables import (
    modality_ends,
    placed_table,
    stored_ends,
    table_of,
)
from tests.drimbox.images.display_scenes import SECONDARY, attributes, item, shown, slice_of_ct

WORDS = [0, 10, 200, 255]


def image(**changes: Any) -> Dataset:
    """A picture without windows and rescaling."""
    gone = ("WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept")
    facts: dict[str, Any] = {"SOPClassUID": SECONDARY, **dict.fromkeys(gone)}
    return slice_of_ct(**facts | changes)


def lut(entries: list[int] | None = None, first: int = 5, bits: int = 8, **more: Any) -> Dataset:
    given = WORDS if entries is None else entries
    made = item(LUTDescriptor=[len(given), first, bits], **more)
    made.add_new(0x00283006, "US", given)
    return made


def entries(table: dict[str, Any]) -> list[int]:
    data = b64decode(table["table"])
    return list(struct.unpack(f"<{len(data) // 2}H", data))


def test_a_contrast_table_stands_in_for_windows() -> None:
    found = shown(image(VOILUTSequence=[lut(), lut([1])]))["same"]["voi_table"]
    assert (found["first"], found["bits"], entries(found)) == (5, 8, WORDS)
    windowed = image(VOILUTSequence=[lut()], WindowCenter=1, WindowWidth=2)
    assert "voi_table" not in shown(windowed)["same"]


@pytest.mark.parametrize("width", [0, -1])
def test_a_contrast_table_stands_in_for_a_window_without_a_width(width: int) -> None:
    found = shown(image(VOILUTSequence=[lut()], WindowCenter=1, WindowWidth=width))["same"]
    assert "voi_table" in found
    assert "windows" not in found


def test_a_table_within_the_groups_of_frames() -> None:
    """One for all frames is applied; frames with tables of their own are not drawn."""
    film: dict[str, Any] = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.13.1.3", "NumberOfFrames": 2}
    within = item(FrameVOILUTSequence=[item(VOILUTSequence=[lut()])])
    shared = image(SharedFunctionalGroupsSequence=[within], **film)
    assert entries(shown(shared)["same"]["voi_table"]) == WORDS
    assert "voi_within" not in shown(shared)["same"]
    own = image(PerFrameFunctionalGroupsSequence=[within, item()], **film)
    assert shown(own)["why"] == "voi_lut"
    both = image(VOILUTSequence=[lut()], PerFrameFunctionalGroupsSequence=[within, item()], **film)
    assert shown(both)["why"] == "voi_lut"
    empty = item(FrameVOILUTSequence=[item(VOILUTSequence=[item(LUTDescriptor=[1, 0, 8])])])
    assert shown(image(SharedFunctionalGroupsSequence=[empty], **film))["why"] == "voi_lut"
    # A window beside the table is the one that is drawn.
    windowed = item(
        FrameVOILUTSequence=[item(VOILUTSequence=[lut()], WindowCenter=40, WindowWidth=400)]
    )
    drawn = shown(image(SharedFunctionalGroupsSequence=[windowed], **film))["same"]
    assert drawn["windows"] == [[40, 400, ""]]
    assert "voi_table" not in drawn


def test_a_table_beside_the_windows_of_frames_is_not_drawn() -> None:
    """Values that went through the table are not those that a frame's own window means."""
    window = item(FrameVOILUTSequence=[item(WindowCenter=40, WindowWidth=400)])
    film: dict[str, Any] = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7.2", "NumberOfFrames": 2}
    frames = {"PerFrameFunctionalGroupsSequence": [window, item()]}
    assert shown(image(VOILUTSequence=[lut()], **film, **frames))["why"] == "voi_lut"
    assert "why" not in shown(image(**film, **frames))


def test_a_modality_table_stands_in_for_a_rescaling() -> None:
    found = shown(image(ModalityLUTSequence=[lut(bits=12)]))["same"]["modality_table"]
    assert entries(found) == WORDS
    both = image(ModalityLUTSequence=[lut()], RescaleSlope=1, RescaleIntercept=0)
    assert shown(both)["why"] == "modality_lut"


@pytest.mark.parametrize(
    ("data", "bits"), [(struct.pack("<4H", *WORDS), 8), (bytes(WORDS), 8)], ids=["words", "bytes"]
)
def test_entries_may_be_words_or_bytes(data: bytes, bits: int) -> None:
    made = item(LUTDescriptor=[4, 5, bits])
    made.add_new(0x00283006, "OW", data)
    assert entries(shown(image(VOILUTSequence=[made]))["same"]["voi_table"]) == WORDS


@pytest.mark.parametrize(
    ("first", "signed", "found"),
    # The values are -2048 to 2047, or 0 to 4095: 64512 is -1024 under the other VR.
    [(64512, 1, -1024), (-1024, 1, -1024), (5, 1, 5), (5000, 0, None), (64512, 0, None)],
)
def test_a_table_stands_beside_the_values(first: int, signed: int, found: int | None) -> None:
    root = image(VOILUTSequence=[lut(first=0)], PixelRepresentation=signed)
    root.VOILUTSequence[0].add_new(0x00283002, "SS" if first < 0 else "US", [4, first, 8])
    display = shown(root)
    if found is None:
        assert display["why"] == "voi_lut"
    else:
        assert display["same"]["voi_table"]["first"] == found


def test_the_ends_of_values() -> None:
    assert stored_ends({"bits": 12, "signed": 0}) == (0, 4095)
    assert stored_ends({"bits": 8, "signed": 1}) == (-128, 127)
    # An object that is refused for its bits, or for their absence.
    assert stored_ends({"bits": 0}) == (0, 1)
    assert stored_ends({"bits": 65535}) == stored_ends({}) == (0, 65535)
    assert modality_ends({"bits": 8, "slope": -2, "intercept": 10}) == (-500, 10)
    assert modality_ends({"modality_table": {"bits": 10}}) == (0, 1023)


def test_a_table_before_the_values_is_one_of_the_other_sign() -> None:
    table = table_of(attributes(lut_item(first=-32768))[0])
    assert table is not None
    placed = placed_table(table, (32768, 40000))
    assert placed is not None
    assert placed["first"] == 32768


def lut_item(first: int) -> Dataset:
    root = image()
    root.add_new(0x00283002, "SS", [4, first, 8])
    root.add_new(0x00283006, "US", WORDS)
    return root


def strange(name: str) -> Dataset:
    made: Dataset = {
        "short": lut(),
        "deep": lut(bits=17),
        "bright": lut([256]),
        "empty": item(LUTDescriptor=[4, 5, 8]),
        "nameless": lut(),
        "wide": lut([0] * 16385, bits=16),
        "cut": item(LUTDescriptor=[4, 5, 16]),
    }[name]
    if name == "short":
        made.LUTDescriptor = [5, 5, 8]
    if name == "nameless":
        made.LUTDescriptor = [4, 5]
    if name == "cut":
        made.add_new(0x00283006, "OW", bytes(4))
    return made


@pytest.mark.parametrize("name", ["short", "deep", "bright", "empty", "nameless", "wide", "cut"])
def test_a_table_that_is_not_understood_draws_nothing(name: str) -> None:
    assert shown(image(VOILUTSequence=[strange(name)]))["why"] == "voi_lut"
    assert shown(image(ModalityLUTSequence=[strange(name)]))["why"] == "modality_lut"
