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
    tables,
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
    found = shown(image(VOILUTSequence=[lut(LUTExplanation="NORMAL"), lut([1])]))["same"]
    table = found["voi_table"]
    assert (table["first"], table["bits"], entries(table)) == (5, 8, WORDS)
    assert table["name"] == "NORMAL"
    # The other one may be chosen.
    assert [(one["name"], entries(one)) for one in found["more_tables"]] == [("", [1])]
    assert "tables_left" not in found


def windowed(*tables: Dataset, **more: Any) -> dict[str, Any]:
    """The attributes of an image with these tables beside a window."""
    facts = {"WindowCenter": 1, "WindowWidth": 2, **more}
    found = shown(image(VOILUTSequence=list(tables), **facts))["same"]
    assert ("voi_table" in found, found["windows"]) == (False, [[1, 2, ""]])
    found.setdefault("more_tables", [])
    found.setdefault("tables_left", False)
    return dict(found)


def test_contrast_tables_beside_windows_are_offered() -> None:
    """PS3.3 C.11.2: tables and windows are alternatives, for the reader to choose."""
    second = lut([1], LUTExplanation=" ")
    second.add_new(0x00283002, "US", [1, 64512, 8])
    found = windowed(lut(LUTExplanation="HARDER"), second, PixelRepresentation=1)
    first, second = found["more_tables"]
    assert (first["name"], first["first"], entries(first)) == ("HARDER", 5, WORDS)
    # Beside the values, under the other VR: these are signed.
    assert (second["name"], second["first"], entries(second)) == ("", -1024, [1])
    assert not found["tables_left"]
    assert windowed()["more_tables"] == []


@pytest.mark.parametrize(
    ("given", "offered"),
    [
        ([("short", None), ("good", None)], 1),
        # Another one than the values are in.
        ([("good", 9000)], 0),
        ([("good", None)] * 5, 4),
        # Of all tables together.
        ([("large", None), ("good", None)], 1),
        ([("good", None), ("large", None)], 1),
    ],
)
def test_a_table_that_cannot_be_chosen_is_told(
    given: list[tuple[str, int | None]], offered: int
) -> None:
    def made(name: str, first: int | None) -> Dataset:
        if name == "large":
            return lut([0] * 16384, bits=16)
        return lut(first=5 if first is None else first) if name == "good" else strange(name)

    found = windowed(*(made(*one) for one in given))
    assert len(found["more_tables"]) == offered
    assert found["tables_left"]


def test_tables_that_nobody_read_are_told_beside_a_window() -> None:
    unread = {"vr": "UN"}
    root: dict[str, Any] = {"00283010": unread}
    assert tables(root, {"centers": [1], "widths": [2]}) == {"tables_left": True}


@pytest.mark.parametrize("width", [0, -1])
def test_a_contrast_table_stands_in_for_a_window_without_a_width(width: int) -> None:
    none: dict[str, Any] = {"WindowCenter": 1, "WindowWidth": width}
    found = shown(image(VOILUTSequence=[lut()], **none))["same"]
    assert "voi_table" in found
    assert "windows" not in found
    # No more a window is one that stands in for a table that nobody can read.
    assert shown(image(VOILUTSequence=[strange("short")], **none))["why"] == "voi_lut"


def test_a_contrast_table_stands_in_for_a_width_without_a_center() -> None:
    found = shown(image(VOILUTSequence=[lut()], WindowWidth=2))["same"]
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
    # A window beside the table is the one that is drawn first.
    voi = item(VOILUTSequence=[lut()], WindowCenter=40, WindowWidth=400)
    beside = item(FrameVOILUTSequence=[voi])
    drawn = shown(image(SharedFunctionalGroupsSequence=[beside], **film))["same"]
    assert drawn["windows"] == [[40, 400, ""]]
    assert "voi_table" not in drawn
    assert [entries(one) for one in drawn["more_tables"]] == [WORDS]
    assert "tables_left" not in drawn
    # The table of one frame cannot be chosen.
    drawn = shown(image(PerFrameFunctionalGroupsSequence=[beside, item()], **film))
    assert drawn["each"]["tables_left"] == [True, None]
    assert "more_tables" not in {**drawn["same"], **drawn["each"]}


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
