"""functions.drimbox.images.frames: where the frames of an object stand in its file."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.data.data_manager import DATA_ROOT
from pydicom.encaps import encapsulate, encapsulate_extended, generate_frames

from functions.drimbox.images import frames as module
from functions.drimbox.images.explicit import prepare
from functions.drimbox.images.frames import Frames, pieces
from functions.drimbox.images.part10 import extent_of, facts_of, read_facts
from functions.drimbox.manifest.elements import Malformed
from tests.drimbox.images.samples import EXPLICIT, dataset, part10, stored

RLE = "1.2.840.10008.1.2.5"
FRAMES = [b"first!", b"second", b"the third"]


def located(folder: Path, data: bytes) -> list[bytes] | None:
    """The bytes of each frame, as they are located."""
    path = stored(folder, data)
    frames = extent_of(path, read_facts(path)).frames
    return None if frames is None else cut(data, frames)


def cut(data: bytes, frames: Frames) -> list[bytes]:
    return [
        b"".join(data[at : at + size] for at, size in zip(frame[::2], frame[1::2], strict=True))
        for frame in frames
    ]


def native(pixels: bytes, **changes: Any) -> bytes:
    return part10(dataset(PixelData=pixels, **changes))


def packed(*fragments: bytes, table: bytes = b"", count: str | None = "", **changes: Any) -> bytes:
    """A compressed object whose pixels are these fragments, behind a Basic Offset Table."""
    root = dataset(**changes)
    if count is not None:
        root.NumberOfFrames = count or len(fragments)
    return with_pixels(root, b"".join(map(item, (table, *fragments))))


def item(content: bytes) -> bytes:
    return b"\xfe\xff\x00\xe0" + struct.pack("<L", len(content)) + content


def with_pixels(root: Dataset, items: bytes) -> bytes:
    del root.PixelData
    end = b"\xfe\xff\xdd\xe0\0\0\0\0"
    bare = part10(root, EXPLICIT).replace(EXPLICIT.encode() + b"\0", RLE.encode() + b"\0", 1)
    return bare + b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff" + items + end


def even(frame: bytes) -> bytes:
    return frame + bytes(len(frame) % 2)


def table(*starts: int) -> bytes:
    return struct.pack(f"<{len(starts)}L", *starts)


def extended(
    offsets: bytes,
    lengths: bytes | None,
    basic: bytes = b"",
    fragments: Sequence[bytes] = FRAMES,
) -> bytes:
    """A compressed object of as many frames as there are offsets; three when these are wrong."""
    root = dataset(NumberOfFrames=1 if len(offsets) == 8 else 3)
    root.ExtendedOffsetTable = offsets
    if lengths is not None:
        root.ExtendedOffsetTableLengths = lengths
    return with_pixels(root, b"".join(map(item, (basic, *map(even, fragments)))))


# Frames of even length are written so by pydicom; an odd one keeps its own length here.
_, OFFSETS, _PADDED = encapsulate_extended(FRAMES)
LENGTHS = struct.pack("<3Q", 6, 6, 9)


def test_native_frames_follow_each_other(tmp_path: Path) -> None:
    pixels = bytes(range(24)) * 4
    found = located(tmp_path, native(pixels, NumberOfFrames=3))
    assert found == [pixels[:32], pixels[32:64], pixels[64:]]
    assert located(tmp_path, native(pixels[:32])) == [pixels[:32]]


def test_an_odd_frame_is_padded(tmp_path: Path) -> None:
    found = located(tmp_path, native(bytes(10), BitsAllocated=8, Rows=3, Columns=3))
    assert found == [bytes(9)]
    assert located(tmp_path, native(b"\7\0", BitsAllocated=1, Rows=3, Columns=3)) == [b"\7\0"]


def test_an_object_without_pixels_has_no_frame(tmp_path: Path) -> None:
    assert located(tmp_path, part10(dataset(PixelData=None))) == []


COMPRESSED = {
    "one a fragment": packed(*map(even, FRAMES)),
    "by a table": packed(*map(even, FRAMES), table=table(0, 14, 28)),
    "several fragments": packed(
        b"fi", b"rs", b"t!", b"second", b"the ", b"third\0", table=table(0, 30, 44), count="3"
    ),
    "by an extended table": extended(OFFSETS, LENGTHS),
}


@pytest.mark.parametrize("name", COMPRESSED)
def test_compressed_frames_are_their_fragments(name: str, tmp_path: Path) -> None:
    found = located(tmp_path, COMPRESSED[name])
    assert located(tmp_path, extended(OFFSETS, _PADDED)) == [*FRAMES[:2], even(FRAMES[2])]
    last = FRAMES[2] if name.endswith("extended table") else even(FRAMES[2])
    assert found == [*FRAMES[:2], last]


@pytest.mark.parametrize("count", [None, "1"])
def test_a_lone_frame_has_all_fragments(count: str | None, tmp_path: Path) -> None:
    assert located(tmp_path, packed(b"ab", b"cd", count=count)) == [b"abcd"]
    assert located(tmp_path, packed(b"ab", b"cd", table=table(0), count=count)) == [b"abcd"]


UNTOLD = {
    "fewer bytes": native(bytes(94), NumberOfFrames=3),
    "more bytes": native(bytes(98), NumberOfFrames=3),
    "subsampled": native(bytes(32), BitsAllocated=8, SamplesPerPixel=3),
    "frames of bits": native(bytes(4), BitsAllocated=1, Rows=3, Columns=3, NumberOfFrames=2),
    "no rows": native(bytes(32), Rows=None),
    "rows are zero": native(bytes(32), Rows=0),
    "no columns": native(bytes(32), Columns=None),
    "several rows": native(bytes(32), Rows=[4, 4]),
    "count is zero": native(bytes(32), NumberOfFrames=0),
    "count is negative": native(bytes(32), NumberOfFrames=-1),
    "count is empty": native(bytes(32), NumberOfFrames=""),
    "count is huge": native(bytes(32), NumberOfFrames=2**31 - 1),
    "another element instead": part10(dataset(PixelData=None))
    + b"\xfc\xff\xfc\xffOB\0\0\2\0\0\0ab",
    "native in a compressed syntax": native(bytes(32)).replace(
        EXPLICIT.encode() + b"\0", RLE.encode() + b"\0", 1
    ),
    "fragments in a native syntax": packed(b"ab").replace(
        RLE.encode() + b"\0", EXPLICIT.encode() + b"\0", 1
    ),
    "more fragments than frames": packed(b"ab", b"cd", b"ef", count="2"),
    "fewer fragments": packed(b"ab", b"cd", count="3"),
    "no fragment": packed(count="1"),
    "no item": with_pixels(dataset(), b""),
    "table too short": packed(b"ab", b"cd", table=table(0)),
    "table too long": packed(b"ab", b"cd", table=table(0, 10, 20)),
    "table of broken entries": packed(b"ab", b"cd", table=table(0, 10)[:6]),
    "table beside fragments": packed(b"ab", b"cd", table=table(0, 9)),
    "table not from the first": packed(b"ab", b"cd", b"ef", table=table(10, 20), count="2"),
    "table in disorder": packed(b"ab", b"cd", b"ef", table=table(0, 20, 10)),
    "table repeats": packed(b"ab", b"cd", table=table(0, 0)),
    "table beyond": packed(b"ab", b"cd", table=table(0, 20)),
    "two tables": extended(OFFSETS, LENGTHS, basic=table(0, 14, 28)),
    "no lengths": extended(OFFSETS, None),
    "too few lengths": extended(OFFSETS, LENGTHS[:16]),
    "broken lengths": extended(OFFSETS, LENGTHS[:20]),
    "too few offsets": extended(OFFSETS[:16], LENGTHS),
    "wrong lengths": extended(OFFSETS, struct.pack("<3Q", 6, 6, 4)),
    "lengths beyond": extended(OFFSETS, struct.pack("<3Q", 6, 7, 9)),
}


@pytest.mark.parametrize("name", UNTOLD)
def test_nobody_guesses_where_a_frame_stands(name: str, tmp_path: Path) -> None:
    assert located(tmp_path, UNTOLD[name]) is None


def test_an_extended_table_names_whole_fragments(tmp_path: Path) -> None:
    """PS3.3 C.7.6.3.1.8: a frame of such an object is in one fragment."""
    one = struct.pack("<Q", 0), struct.pack("<Q", 4)
    assert located(tmp_path, extended(*one, fragments=[b"abcd"])) == [b"abcd"]
    assert located(tmp_path, extended(*one, fragments=[b"ab", b"cd"])) is None


def test_the_number_of_pieces_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two = [b"ab", b"cd", b"ef"]
    cases = [packed(*two), packed(*two, count="1"), COMPRESSED["by an extended table"]]
    monkeypatch.setattr(module, "MAX_PIECES", 2)
    assert [located(tmp_path, case) for case in cases] == [None] * 3
    monkeypatch.setattr(module, "MAX_PIECES", 4)
    assert None not in [located(tmp_path, case) for case in cases]


def test_a_table_beyond_the_bound_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_PIECES", 3)
    assert located(tmp_path, extended(OFFSETS + bytes(8), LENGTHS)) is None


def test_pieces_are_counted() -> None:
    assert pieces(((0, 1), (2, 3, 4, 5))) == 3
    assert pieces(()) == 0


@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_frames_stand_within_their_object(data: st.DataObject, tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("changed")
    changed = bytearray(data.draw(st.sampled_from([*COMPRESSED.values(), native(bytes(32))])))
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(len(changed) - 180, len(changed) - 1))] = data.draw(
            st.integers(0, 255)
        )
    path = stored(folder, bytes(changed))
    try:
        frames = extent_of(path, facts_of(bytes(changed))).frames
    except Malformed:
        return
    for frame in frames or ():
        for at, size in zip(frame[::2], frame[1::2], strict=True):
            assert 0 < at <= at + size <= len(changed)


WHEEL = sorted(path for path in Path(DATA_ROOT).rglob("*.dcm") if path.is_file())


@pytest.mark.judge
def test_frames_of_pydicom_s_files_are_those_that_pydicom_finds(tmp_path: Path) -> None:
    """Every file of its wheel that can be served: its own reader cuts the same frames."""
    told = 0
    for source in WHEEL:
        path = tmp_path / "object"
        path.write_bytes(source.read_bytes())
        try:
            _, frames = prepare(path, read_facts(path))
        except Malformed:
            continue
        root = pydicom.dcmread(path, force=True)
        if frames is None or "PixelData" not in root:
            continue
        found = cut(path.read_bytes(), frames)
        if root["PixelData"].is_undefined_length:
            theirs = list(generate_frames(root.PixelData, number_of_frames=len(frames)))
        else:
            size = len(found[0])
            assert len(root.PixelData) - size * len(found) in {0, 1}
            theirs = [root.PixelData[n * size : n * size + size] for n in range(len(found))]
        assert found == theirs, source.name
        assert len(found) == int(root.get("NumberOfFrames") or 1), source.name
        told += 1
    assert told >= 40


@pytest.mark.judge
@pytest.mark.parametrize("fragments", [1, 2])
def test_what_pydicom_encapsulates_is_found_again(fragments: int, tmp_path: Path) -> None:
    root = dataset(NumberOfFrames=3)
    root.PixelData = encapsulate(FRAMES, fragments_per_frame=fragments, has_bot=True)
    items = root.PixelData
    found = located(tmp_path, with_pixels(root, items))
    assert found == list(generate_frames(items, number_of_frames=3))


def test_frames_whose_pixels_share_their_colours(tmp_path: Path) -> None:
    """Two lightnesses and one colour for two pixels; all of it, as some programs leave it behind a
    decompression, is no frame of that kind."""
    shape: dict[str, Any] = {
        "Rows": 2,
        "Columns": 2,
        "SamplesPerPixel": 3,
        "PhotometricInterpretation": "YBR_FULL_422",
        "BitsAllocated": 8,
        "NumberOfFrames": 2,
    }
    assert located(tmp_path, native(bytes(range(16)), **shape)) == [
        bytes(range(8)),
        bytes(range(8, 16)),
    ]
    assert located(tmp_path, native(bytes(24), **shape)) is None
