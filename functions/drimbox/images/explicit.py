"""Objects made fit for DICOMweb: Implicit VR, big-endian and deflated data sets become Explicit VR
Little Endian (PS3.18 8.7.3.4 knows no other uncompressed form); everything else stays as it is.

Pixels are copied from file to file, so that an object may be larger than the memory.
"""

from __future__ import annotations

import mmap
import zlib
from array import array
from errno import ENOSPC
from io import BufferedReader, BufferedWriter
from pathlib import Path
from shutil import disk_usage
from struct import pack
from typing import Final

from pydicom import Dataset
from pydicom.filebase import DicomFileLike
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset

from functions.drimbox.images.negotiation import EXPLICIT_VR_LITTLE_ENDIAN
from functions.drimbox.images.part10 import (
    PIXELS,
    PREAMBLE_BYTES,
    ObjectFacts,
    check_whole,
    read_facts,
)
from functions.drimbox.images.pydicom_settings import quiet_pydicom
from functions.drimbox.manifest.elements import (
    DEFLATED,
    UNCOMPRESSED_SYNTAXES,
    UNDEFINED,
    Header,
    Malformed,
    Syntax,
    read_elements,
    read_header,
)
from functions.drimbox.manifest.writer import file_meta

MAX_INFLATED_BYTES: Final = 4 * 1024**3
# Elements that may follow the pixels: a digital signature, padding.
MAX_TRAILER_BYTES: Final = 16 * 1024 * 1024

_CHUNK: Final = 1024 * 1024
# VRs whose value is a row of words: code of array.array for one word.
_WORDS: Final = {"OW": "H", "OF": "I", "OL": "I", "OD": "Q", "OV": "Q"}
# VR of pixel elements in Implicit VR (PS3.5 A.1, PS3.6).
_PIXEL_VRS: Final = {0x7FE00008: "OF", 0x7FE00009: "OD", 0x7FE00010: "OW"}


def prepare(path: Path, facts: ObjectFacts) -> ObjectFacts:
    """Make the object at ``path`` fit to be served, in place, and return its new facts.

    The preamble becomes zeros (it can hold another file format, PS3.10 7.5); the data set becomes
    Explicit VR Little Endian where DICOMweb knows no other form. Raises Malformed when the object
    is cut or cannot be converted; the file is then of no use. Raises OSError when the disk is full.
    """
    if facts.transfer_syntax == DEFLATED or facts.transfer_syntax in UNCOMPRESSED_SYNTAXES:
        _require_room(path)
        converted = path.with_suffix(".explicit")
        convert = _inflate if facts.transfer_syntax == DEFLATED else _rewrite
        try:
            with path.open("rb") as source, converted.open("xb") as target:
                convert(source, target, facts)
            converted.replace(path)
        finally:
            converted.unlink(missing_ok=True)
        facts = read_facts(path)
    else:
        with path.open("r+b") as file:
            file.write(bytes(PREAMBLE_BYTES))
    check_whole(path, facts)
    return facts


def _require_room(path: Path) -> None:
    """OSError unless the disk can hold the object twice more.

    A disk that fills up while pydicom writes would look like an object that cannot be read, hence
    like a fault of the PACS, which would be asked for the whole series again and again.
    """
    if disk_usage(path.parent).free < 2 * path.stat().st_size:
        raise OSError(ENOSPC, "no room to convert an object")


def _start(target: BufferedWriter, facts: ObjectFacts) -> None:
    target.write(file_meta(facts.sop_class_uid, facts.sop_instance_uid, EXPLICIT_VR_LITTLE_ENDIAN))


def _inflate(source: BufferedReader, target: BufferedWriter, facts: ObjectFacts) -> None:
    """Inflate the data set behind a new header, at most MAX_INFLATED_BYTES."""
    _start(target, facts)
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


def _rewrite(source: BufferedReader, target: BufferedWriter, facts: ObjectFacts) -> None:
    """Elements through pydicom, pixels copied."""
    syntax = UNCOMPRESSED_SYNTAXES[facts.transfer_syntax]
    pixels = _find_pixels(source, facts.dataset_offset, syntax)
    _start(target, facts)
    source.seek(facts.dataset_offset)
    with quiet_pydicom():
        _write(_read(source, syntax, stop=PIXELS), target)
        if pixels is not None:
            _copy_pixels(source, target, pixels, syntax)
        _write(_read(source, syntax), target)


def _find_pixels(source: BufferedReader, start: int, syntax: Syntax) -> Header | None:
    """The header of the pixel element, None when there is none.

    Reading up to it also checks lengths and depth before pydicom reads the elements.
    """
    with mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as data:
        end = read_elements(data, start, syntax, wanted=(), stop=PIXELS).end
        if end == len(data):
            return None
        header = read_header(data, end, syntax)
        if header.tag not in _PIXEL_VRS:
            return None
        if header.length == UNDEFINED or header.start + header.length > len(data):
            raise Malformed("pixel data is cut")
        if len(data) - header.start - header.length > MAX_TRAILER_BYTES:
            raise Malformed("too much follows the pixels")
        return header


def _read(source: BufferedReader, syntax: Syntax, stop: int | None = None) -> Dataset:
    """The elements from where ``source`` stands to its end, or before the first tag >= ``stop``."""
    little = syntax.order == "<"
    found = read_dataset(
        source,
        is_implicit_VR=not syntax.explicit,
        is_little_endian=little,
        stop_when=None if stop is None else lambda tag, _vr, _length: tag >= stop,
    )
    found.set_original_encoding(not syntax.explicit, little, found._character_set)
    if not little:
        for element in found.iterall():
            if element.VR in _WORDS and element.value:
                element.value = _swapped(element.value, _WORDS[element.VR])
    return found


def _write(elements: Dataset, target: BufferedWriter) -> None:
    writer = DicomFileLike(target)
    writer.is_little_endian, writer.is_implicit_VR = True, False
    write_dataset(writer, elements)


def _copy_pixels(
    source: BufferedReader, target: BufferedWriter, pixels: Header, syntax: Syntax
) -> None:
    """The pixel element in Explicit VR Little Endian; big-endian words are swapped on the way."""
    vr = pixels.vr.decode("ascii") or _PIXEL_VRS[pixels.tag]
    padding = pixels.length % 2
    target.write(
        pack(
            "<HH2sHL",
            pixels.tag >> 16,
            pixels.tag & 0xFFFF,
            vr.encode(),
            0,
            pixels.length + padding,
        )
    )
    word = _WORDS.get(vr) if syntax.order == ">" else None
    source.seek(pixels.start)
    left = pixels.length
    while left:
        piece = source.read(min(left, _CHUNK))
        left -= len(piece)
        target.write(_swapped(piece, word) if word else piece)
    target.write(bytes(padding))


def _swapped(value: bytes, word: str) -> bytes:
    """``value`` with the bytes of each word reversed; ValueError when it is no row of words."""
    words = array(word, value)
    words.byteswap()
    return words.tobytes()
