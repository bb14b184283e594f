"""Where the frames of an object stand in its file (PS3.3 C.7.6.3, PS3.5 A.4).

Elements alone tell it: no pixel and no code stream is looked into. Where they do not tell it, or
contradict each other, nobody guesses: a frame cut in the wrong place is a wrong image.
"""

from __future__ import annotations

import struct
from math import prod
from typing import TYPE_CHECKING, Final

from functions.drimbox.manifest.elements import (
    EXPLICIT_LE,
    SEQUENCE_END,
    UNDEFINED,
    read_header,
)

if TYPE_CHECKING:
    from functions.drimbox.manifest.elements import Buffer, Dataset, Header

# One entry a frame: offset and length of each of its pieces, in bytes. A native frame has one
# piece; a compressed one has its fragments, without their item headers.
Frames = tuple[tuple[int, ...], ...]
# The most pieces that an index names.
MAX_PIECES: Final = 100_000

_FRAMES: Final = 0x00280008
_DIMENSIONS: Final = (0x00280002, 0x00280010, 0x00280011, 0x00280100)
_PHOTOMETRIC: Final = 0x00280004
# Two pixels share their colours: four samples for two (PS3.3 C.7.6.3.1.2).
_HALVED: Final = b"YBR_FULL_422"
# The attributes that :func:`locate_frames` needs of the data set.
SHAPE: Final = (_FRAMES, _PHOTOMETRIC, *_DIMENSIONS)
PIXEL_GROUP: Final = 0x7FE00000
_EXTENDED_OFFSETS: Final = 0x7FE00001
_EXTENDED_LENGTHS: Final = 0x7FE00002
_PIXEL_DATA: Final = frozenset((0x7FE00008, 0x7FE00009, 0x7FE00010))
_ITEM: Final = struct.Struct("<HHL").unpack_from


def locate_frames(data: Buffer, start: int, before: Dataset, *, native: bool) -> Frames | None:
    """The frames of a whole object in Explicit VR Little Endian, None when they cannot be told.

    ``before`` holds ``SHAPE`` of the elements before group 7FE0, and ends where these end;
    ``start`` is the offset of the pixels' element, which a reader has stepped over already;
    ``native``: the transfer syntax is not compressed.
    """
    pixels = read_header(data, start, EXPLICIT_LE)
    count = before.number(_FRAMES) if _FRAMES in before.values else 1
    if pixels.tag not in _PIXEL_DATA or not count or not 0 < count <= MAX_PIECES:
        return None
    if native != (pixels.length != UNDEFINED):
        return None
    if native:
        return _native(pixels, before, count)
    return _encapsulated(data, pixels.start, _extended(data, before.end), count)


def pieces(frames: Frames) -> int:
    """How many pieces these frames have."""
    return sum(map(len, frames)) // 2


def _native(pixels: Header, before: Dataset, count: int) -> Frames | None:
    """Frames of equal size, one behind the other (PS3.5 8.1.1)."""
    dimensions = [before.values.get(tag, b"") for tag in _DIMENSIONS]
    if any(len(value) != 2 for value in dimensions):
        return None
    bits = prod(int.from_bytes(value, "little") for value in dimensions)
    if before.values.get(_PHOTOMETRIC, b"").rstrip() == _HALVED:
        bits = bits * 2 // 3
    if not bits or (bits % 8 and count > 1):
        # Frames of single bits may begin within a byte.
        return None
    size = (bits + 7) // 8
    whole = size * count
    if pixels.length not in {whole, whole + whole % 2}:
        return None
    return tuple((pixels.start + number * size, size) for number in range(count))


def _extended(data: Buffer, at: int) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The Extended Offset Table at ``at`` and the lengths behind it, None when there is none; both
    empty when they are no tables."""
    offsets = read_header(data, at, EXPLICIT_LE)
    if offsets.tag != _EXTENDED_OFFSETS:
        return None
    lengths = read_header(data, offsets.start + offsets.length, EXPLICIT_LE)
    if lengths.tag != _EXTENDED_LENGTHS:
        return (), ()
    return _numbers(data, offsets), _numbers(data, lengths)


def _numbers(data: Buffer, header: Header) -> tuple[int, ...]:
    """The values of a table, none when it is longer than any that we read."""
    count, odd = divmod(header.length, 8)
    if odd or count > MAX_PIECES:
        return ()
    return struct.unpack_from(f"<{count}Q", data, header.start)


def _fragments(data: Buffer, at: int) -> list[tuple[int, int]]:
    """Offset of the content, and length, of each item from ``at`` on; too many give none."""
    found: list[tuple[int, int]] = []
    while len(found) <= MAX_PIECES:
        group, number, length = _ITEM(data, at)
        if group << 16 | number == SEQUENCE_END:
            return found
        found.append((at + 8, length))
        at += 8 + length
    return []


def _encapsulated(
    data: Buffer,
    at: int,
    extended: tuple[tuple[int, ...], tuple[int, ...]] | None,
    count: int,
) -> Frames | None:
    items = _fragments(data, at)
    if len(items) < 2:
        return None
    table, *fragments = items
    starts = _basic(data, table, fragments, count) if extended is None else extended[0]
    if len(starts) != count or (extended is not None and table[1]):
        # PS3.3 C.7.6.3.1.8 forbids two tables.
        return None
    frames = _gathered(fragments, starts)
    if len(frames) != count:
        return None
    return frames if extended is None else _trimmed(frames, extended[1])


def _basic(
    data: Buffer, table: tuple[int, int], fragments: list[tuple[int, int]], count: int
) -> tuple[int, ...]:
    """Where each frame begins behind the Basic Offset Table (PS3.5 A.4), nothing when only the code
    streams would tell it."""
    at, size = table
    if size:
        return struct.unpack_from(f"<{count}L", data, at) if size == 4 * count else ()
    if len(fragments) == count:
        return tuple(offset - fragments[0][0] for offset, _ in fragments)
    return (0,)


def _gathered(fragments: list[tuple[int, int]], starts: tuple[int, ...]) -> Frames:
    """The fragments by frame, one frame from each of ``starts`` on; fewer frames when a start is
    not where a fragment begins, or stands before its predecessor."""
    frames: list[list[int]] = []
    pending = iter(starts)
    following = next(pending)
    for offset, length in fragments:
        if offset - fragments[0][0] == following:
            frames.append([])
            following = next(pending, -1)
        if not frames:
            break
        frames[-1] += (offset, length)
    return tuple(map(tuple, frames))


def _trimmed(frames: Frames, lengths: tuple[int, ...]) -> Frames | None:
    """Each frame without the byte that makes its one fragment even, as the table tells it."""
    if len(lengths) != len(frames):
        return None
    for frame, length in zip(frames, lengths, strict=True):
        if len(frame) != 2 or length not in {frame[1], frame[1] - 1}:
            return None
    return tuple((frame[0], length) for frame, length in zip(frames, lengths, strict=True))
