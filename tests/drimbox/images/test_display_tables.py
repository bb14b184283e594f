"""Lookup tables of images: applied by their entries, or not at all."""

from __future__ import annotations

import struct
from base64 import b64decode
from typing import Any

import pytest
from pydicom import Dataset

from tests.drimbox.images.display_scenes import SECONDARY, item, shown, slice_of_ct

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
