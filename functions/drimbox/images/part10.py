"""The identity of a Part 10 file, read without its pixels and within bounds (PS3.10 7)."""

from __future__ import annotations

import mmap
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

from functions.drimbox.images.frames import PIXEL_GROUP, SHAPE, locate_frames
from functions.drimbox.images.negotiation import EXPLICIT_VR_LITTLE_ENDIAN
from functions.drimbox.manifest.elements import (
    DEFLATED,
    EXPLICIT_LE,
    UNCOMPRESSED_SYNTAXES,
    Buffer,
    Dataset,
    Malformed,
    is_only_zeros,
    is_padding,
    read_elements,
    read_file_meta,
    skip_element,
)
from functions.drimbox.oid import Uid
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from pathlib import Path

    from functions.drimbox.images.frames import Frames

# The most bytes read of a deflated data set: the identifiers stand in its first groups.
_INFLATED_HEAD: Final = 1024 * 1024
# The attributes that name an object, in group 0002 and in its data set.
MEDIA_LENGTH, MEDIA_CLASS, MEDIA_INSTANCE = 0x00020000, 0x00020002, 0x00020003
SYNTAX: Final = 0x00020010
CLASS, INSTANCE, STUDY, SERIES = 0x00080016, 0x00080018, 0x0020000D, 0x0020000E
NUMBER: Final = 0x00200013
# The first element of group 0002 counts the bytes behind itself, from here on (PS3.10 7.1).
MEDIA_START: Final = 144
PIXELS: Final = 0x7FE00008
PREAMBLE_BYTES: Final = 128


@frozen
class ObjectFacts:
    """One object, as its data set names it; ``dataset_offset`` is where that starts, after group
    0002, and ``head_end`` (of the inflated data set, if it is deflated) is behind the identifiers.
    ``header_agrees`` is false when group 0002 names another object, or has a wrong length.
    """

    sop_class_uid: Uid
    sop_instance_uid: Uid
    study_instance_uid: Uid
    series_instance_uid: Uid
    transfer_syntax: Uid
    instance_number: int | None
    dataset_offset: int
    head_end: int
    header_agrees: bool


def read_facts(path: Path) -> ObjectFacts:
    """Read the file's identifiers. Raises Malformed, and nothing else, for a file that is no Part
    10 file or whose data set lacks an identifier.
    """
    if path.stat().st_size <= PREAMBLE_BYTES:
        raise Malformed("not a Part 10 file")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return facts_of(data)


def facts_of(data: Buffer) -> ObjectFacts:
    """:func:`read_facts` of bytes in memory."""
    meta = read_file_meta(data, wanted=(MEDIA_LENGTH, MEDIA_CLASS, MEDIA_INSTANCE, SYNTAX))
    transfer_syntax = meta.text(SYNTAX)
    root = _head(data, meta.end, transfer_syntax)
    sop_class_uid, sop_instance_uid = root.text(CLASS), root.text(INSTANCE)
    length = int.from_bytes(meta.values.get(MEDIA_LENGTH, b""), "little")
    try:
        return ObjectFacts(
            sop_class_uid=Uid(sop_class_uid),
            sop_instance_uid=Uid(sop_instance_uid),
            study_instance_uid=Uid(root.text(STUDY)),
            series_instance_uid=Uid(root.text(SERIES)),
            transfer_syntax=Uid(transfer_syntax),
            instance_number=root.number(NUMBER),
            dataset_offset=meta.end,
            head_end=root.end,
            header_agrees=(
                (meta.text(MEDIA_CLASS), meta.text(MEDIA_INSTANCE))
                == (sop_class_uid, sop_instance_uid)
                and MEDIA_START + length == meta.end
            ),
        )
    except ValueError:
        raise Malformed("an identifier is missing or ill-formed") from None


def _head(data: Buffer, start: int, transfer_syntax: str) -> Dataset:
    syntax = UNCOMPRESSED_SYNTAXES.get(transfer_syntax, EXPLICIT_LE)
    if transfer_syntax == DEFLATED:
        data, start = _inflated_head(data, start), 0
    return read_elements(
        data,
        start,
        syntax,
        wanted=(CLASS, INSTANCE, STUDY, SERIES, NUMBER),
        stop=NUMBER + 1,
    )


def _inflated_head(data: Buffer, start: int) -> bytes:
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(
            bytes(data[start : start + _INFLATED_HEAD]), _INFLATED_HEAD
        )
    except zlib.error:
        raise Malformed("the data set does not inflate") from None


class Extent(NamedTuple):
    """``end``: the offset after the last element, zeros behind it left out, or the file's size when
    something else follows the pixels. ``frames``: where they stand, none for an object without
    pixels, None when that cannot be told."""

    end: int
    frames: Frames | None


def extent_of(path: Path, facts: ObjectFacts) -> Extent:
    """The extent of an object in Explicit VR Little Endian, its pixels compressed or not.

    Raises Malformed when the object ends before its elements or pixels do: a reader that trusts
    the length of a cut file shows an image that is partly invented.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return extent_in(data, facts)


def extent_in(data: Buffer, facts: ObjectFacts, before: Dataset | None = None) -> Extent:
    """:func:`extent_of` of bytes in memory. ``before``: the ``SHAPE`` of the elements before group
    7FE0, and the offset behind them, where somebody has read these."""
    if before is None:
        # The elements up to here were stepped over when the identifiers were read.
        before = read_elements(data, facts.head_end, EXPLICIT_LE, wanted=SHAPE, stop=PIXEL_GROUP)
    start = read_elements(data, before.end, EXPLICIT_LE, wanted=(), stop=PIXELS).end
    if is_padding(data, start):
        return Extent(start, ())
    end = skip_element(data, start, EXPLICIT_LE)
    native = facts.transfer_syntax == EXPLICIT_VR_LITTLE_ENDIAN
    frames = locate_frames(data, start, before, native=native)
    return Extent(end if is_only_zeros(data, end) else len(data), frames)
