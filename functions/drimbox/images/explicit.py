"""Objects made fit for DICOMweb: Implicit VR, big-endian and deflated data sets become Explicit VR
Little Endian (PS3.18 8.7.3.4 knows no other uncompressed form); everything else stays as it is, but
for a group 0002 that names another object.

Values go from file to file, so that an object may be larger than the memory.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from errno import ENOSPC
from os import truncate
from shutil import copyfileobj, disk_usage
from typing import TYPE_CHECKING, Final, NamedTuple

from functions.drimbox.images.negotiation import EXPLICIT_VR_LITTLE_ENDIAN
from functions.drimbox.images.part10 import (
    PREAMBLE_BYTES,
    ObjectFacts,
    extent_in,
    extent_of,
    read_facts,
)
from functions.drimbox.images.transcription import transcribe
from functions.drimbox.manifest.elements import DEFLATED, UNCOMPRESSED_SYNTAXES, Malformed
from functions.drimbox.manifest.writer import file_meta

if TYPE_CHECKING:
    from io import BufferedRandom, BufferedReader
    from pathlib import Path

    from functions.drimbox.images.frames import Frames
    from functions.drimbox.manifest.elements import Buffer, Dataset

_Rewrite = Callable[["BufferedReader", "BufferedRandom", ObjectFacts], None]
MAX_INFLATED_BYTES: Final = 4 * 1024**3

_CHUNK: Final = 1024 * 1024
_PREAMBLE: Final = bytes(PREAMBLE_BYTES)


class Prepared(NamedTuple):
    """An object as it will be served, and where its frames stand in the file."""

    facts: ObjectFacts
    frames: Frames | None


def prepare(path: Path, facts: ObjectFacts) -> Prepared:
    """Make the object at ``path`` fit to be served, in place.

    The preamble becomes zeros (it can hold another file format, PS3.10 7.5), group 0002 names the
    object that the data set is (PS3.10 7.1), zeros after the data set go; the data set becomes
    Explicit VR Little Endian where DICOMweb knows no other form. Raises Malformed when the object
    is cut or cannot be converted; the file is then of no use. Raises OSError when the disk is full.
    """
    rewrite = _rewrite_of(facts)
    if rewrite is None:
        with path.open("r+b") as file:
            file.write(_PREAMBLE)
    else:
        _require_room(path)
        converted = path.with_suffix(".explicit")
        try:
            with path.open("rb") as source, converted.open("x+b") as target:
                rewrite(source, target, facts)
            converted.replace(path)
        finally:
            converted.unlink(missing_ok=True)
        facts = read_facts(path)
    end, frames = extent_of(path, facts)
    if end < path.stat().st_size:
        truncate(path, end)
    return Prepared(facts, frames)


def prepare_held(
    data: bytes, facts: ObjectFacts, before: Dataset | None = None
) -> tuple[bytes, Frames | None] | None:
    """:func:`prepare` of an object in memory, the bytes as they will be served; None for one that
    is written anew: that is done on the disk. ``before`` as in ``extent_in``. Raises Malformed."""
    if _rewrite_of(facts) is not None:
        return None
    end, frames = extent_in(data, facts, before)
    if end == len(data) and data.startswith(_PREAMBLE):
        return data, frames
    return b"".join((_PREAMBLE, memoryview(data)[PREAMBLE_BYTES:end])), frames


def check_prepared(data: Buffer, facts: ObjectFacts) -> Frames | None:
    """The frames of an object that is as :func:`prepare` leaves one; Malformed for any other."""
    end, frames = extent_in(data, facts)
    is_as_left = _rewrite_of(facts) is None and end == len(data)
    if not is_as_left or bytes(data[:PREAMBLE_BYTES]) != _PREAMBLE:
        raise Malformed("not in the form in which objects are served")
    return frames


def _rewrite_of(facts: ObjectFacts) -> _Rewrite | None:
    return _REWRITES.get(facts.transfer_syntax, None if facts.header_agrees else _copy)


def _require_room(path: Path) -> None:
    """OSError unless the disk can hold the object twice more.

    With its VR an element of Implicit VR takes up to twice its room.
    """
    if disk_usage(path.parent).free < 2 * path.stat().st_size:
        raise OSError(ENOSPC, "no room to convert an object")


def _start(target: BufferedRandom, facts: ObjectFacts, transfer_syntax: str) -> None:
    target.write(file_meta(facts.sop_class_uid, facts.sop_instance_uid, transfer_syntax))


def _copy(source: BufferedReader, target: BufferedRandom, facts: ObjectFacts) -> None:
    """The data set as it is, behind a header of its own."""
    _start(target, facts, facts.transfer_syntax)
    source.seek(facts.dataset_offset)
    copyfileobj(source, target, _CHUNK)


def _inflate(source: BufferedReader, target: BufferedRandom, facts: ObjectFacts) -> None:
    """Inflate the data set behind a new header, at most MAX_INFLATED_BYTES."""
    _start(target, facts, EXPLICIT_VR_LITTLE_ENDIAN)
    source.seek(facts.dataset_offset)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    size = 0
    try:
        while not inflater.eof and (chunk := inflater.unconsumed_tail or source.read(_CHUNK)):
            piece = inflater.decompress(chunk, _CHUNK)
            size += len(piece)
            if size > MAX_INFLATED_BYTES:
                raise Malformed("the data set inflates beyond the limit")
            target.write(piece)
    except zlib.error:
        raise Malformed("the data set does not inflate") from None
    if not inflater.eof:
        raise Malformed("the deflated data set is cut")


def _transcribe(source: BufferedReader, target: BufferedRandom, facts: ObjectFacts) -> None:
    """Every value moved into an element with its VR."""
    _start(target, facts, EXPLICIT_VR_LITTLE_ENDIAN)
    syntax = UNCOMPRESSED_SYNTAXES[facts.transfer_syntax]
    transcribe(source, facts.dataset_offset, syntax, target)


# DICOMweb knows no form of these syntaxes; every other one stays.
_REWRITES: Final = {DEFLATED: _inflate, **dict.fromkeys(UNCOMPRESSED_SYNTAXES, _transcribe)}
