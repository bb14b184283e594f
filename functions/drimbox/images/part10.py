"""The identity of a Part 10 file, read without its pixels and within bounds (PS3.10 7)."""

from __future__ import annotations

import mmap
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from functions.drimbox.manifest.elements import (
    DEFLATED,
    EXPLICIT_LE,
    UNCOMPRESSED_SYNTAXES,
    Buffer,
    Dataset,
    Malformed,
    read_elements,
    read_file_meta,
    skip_element,
)
from functions.drimbox.oid import Uid

# The most bytes read of a deflated data set: the identifiers stand in its first groups.
_INFLATED_HEAD: Final = 1024 * 1024
_MEDIA_CLASS, _MEDIA_INSTANCE, _SYNTAX = 0x00020002, 0x00020003, 0x00020010
_CLASS, _INSTANCE, _STUDY, _SERIES = 0x00080016, 0x00080018, 0x0020000D, 0x0020000E
_NUMBER: Final = 0x00200013
PIXELS: Final = 0x7FE00008
PREAMBLE_BYTES: Final = 128


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """One object; ``dataset_offset`` is where its data set starts, after group 0002."""

    sop_class_uid: Uid
    sop_instance_uid: Uid
    study_instance_uid: Uid
    series_instance_uid: Uid
    transfer_syntax: Uid
    instance_number: int | None
    dataset_offset: int


def read_facts(path: Path) -> ObjectFacts:
    """Read the file's identifiers. Raises Malformed, and nothing else, for a file that is no Part
    10 file, lacks an identifier, or names one object in its header and another in its data set.
    """
    if path.stat().st_size <= PREAMBLE_BYTES:
        raise Malformed("not a Part 10 file")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return facts_of(data)


def facts_of(data: Buffer) -> ObjectFacts:
    """:func:`read_facts` of bytes in memory."""
    meta = read_file_meta(data, wanted=(_MEDIA_CLASS, _MEDIA_INSTANCE, _SYNTAX))
    transfer_syntax = meta.text(_SYNTAX)
    root = _head(data, meta.end, transfer_syntax)
    try:
        facts = ObjectFacts(
            sop_class_uid=Uid(root.text(_CLASS)),
            sop_instance_uid=Uid(root.text(_INSTANCE)),
            study_instance_uid=Uid(root.text(_STUDY)),
            series_instance_uid=Uid(root.text(_SERIES)),
            transfer_syntax=Uid(transfer_syntax),
            instance_number=root.number(_NUMBER),
            dataset_offset=meta.end,
        )
    except ValueError:
        raise Malformed("an identifier is missing or ill-formed") from None
    announced = (meta.text(_MEDIA_CLASS), meta.text(_MEDIA_INSTANCE))
    if announced != (facts.sop_class_uid, facts.sop_instance_uid):
        raise Malformed("the header names another object than the data set")
    return facts


def _head(data: Buffer, start: int, transfer_syntax: str) -> Dataset:
    syntax = UNCOMPRESSED_SYNTAXES.get(transfer_syntax, EXPLICIT_LE)
    if transfer_syntax == DEFLATED:
        data, start = _inflated_head(data, start), 0
    return read_elements(
        data,
        start,
        syntax,
        wanted=(_CLASS, _INSTANCE, _STUDY, _SERIES, _NUMBER),
        stop=_NUMBER + 1,
    )


def _inflated_head(data: Buffer, start: int) -> bytes:
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(
            bytes(data[start : start + _INFLATED_HEAD]), _INFLATED_HEAD
        )
    except zlib.error:
        raise Malformed("the data set does not inflate") from None


def check_whole(path: Path, facts: ObjectFacts) -> None:
    """Raise Malformed when an object (not deflated) ends before its elements or pixels do.

    A reader that trusts the length of a cut file shows an image that is partly invented.
    """
    syntax = UNCOMPRESSED_SYNTAXES.get(facts.transfer_syntax, EXPLICIT_LE)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        pixels = read_elements(data, facts.dataset_offset, syntax, wanted=(), stop=PIXELS)
        if pixels.end < len(data):
            skip_element(data, pixels.end, syntax)
