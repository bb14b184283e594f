"""Palettes: whole ones are given, all others are none."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from functions.drimbox.images.display_palette import palette


def tables(descriptor: list[int], size: int, last: int | None = None) -> dict[str, Any]:
    """DICOM JSON of a palette whose tables have ``size`` bytes, the last one ``last``."""
    root: dict[str, Any] = {}
    for number in range(3):
        length = last if last is not None and number == 2 else size
        data = base64.b64encode(bytes([number + 1]) * length).decode()
        root[f"{0x00281101 + number:08X}"] = {"vr": "US", "Value": descriptor}
        root[f"{0x00281201 + number:08X}"] = {"vr": "OW", "InlineBinary": data}
    return root


@pytest.mark.parametrize(
    ("descriptor", "size"),
    [([256, 0, 16], 512), ([255, 3, 8], 256), ([256, 0, 8], 256), ([0, 0, 16], 131072)],
)
def test_a_whole_palette_is_given(descriptor: list[int], size: int) -> None:
    found = palette(tables(descriptor, size))
    assert found is not None
    assert (found["first"], found["bits"]) == (descriptor[1], descriptor[2])
    entries = descriptor[0] or 65536
    assert len(base64.b64decode(found["blue"])) == entries * descriptor[2] // 8


@pytest.mark.parametrize(
    ("descriptor", "size", "last"),
    [
        ([256, 0, 16], 256, None),
        ([256, 0, 16], 512, 500),
        ([256, 0, 12], 384, None),
        ([256, 0], 512, None),
    ],
)
def test_another_palette_is_none(descriptor: list[int], size: int, last: int | None) -> None:
    assert palette(tables(descriptor, size, last)) is None


def test_eight_bits_in_entries_of_sixteen_are_no_picture() -> None:
    root = tables([256, 0, 16], 512)
    for number in range(3):
        dark = base64.b64encode(bytes([200, 0]) * 256).decode()
        root[f"{0x00281201 + number:08X}"]["InlineBinary"] = dark
    assert palette(root) is None
    # One colour alone is a picture.
    root["00281202"]["InlineBinary"] = base64.b64encode(bytes([0, 200]) * 256).decode()
    assert palette(root) is not None


def test_colours_that_are_described_differently_are_none() -> None:
    for number in (1, 2):
        root = tables([256, 0, 16], 512)
        root[f"{0x00281101 + number:08X}"]["Value"] = [256, 1, 16]
        assert palette(root) is None
