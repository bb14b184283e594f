"""Objects as their own headers describe them, as attributes of DICOM JSON; and a header of ours."""

from __future__ import annotations

import mmap
import zlib
from shutil import copyfileobj
from typing import TYPE_CHECKING, Any, Final

from pydicom.datadict import dictionary_VR

from functions.drimbox.images.character_sets import Texts
from functions.drimbox.images.part10 import read_facts
from functions.drimbox.manifest.elements import (
    DEFLATED,
    EXPLICIT_LE,
    UNCOMPRESSED_SYNTAXES,
    Malformed,
    read_elements,
    read_file_meta,
)
from functions.drimbox.manifest.writer import file_meta

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_SYNTAX: Final = 0x00020010
_CHARACTER_SET: Final = 0x00080005
# Bytes of a deflated data set that are looked at: the wanted attributes stand in its first groups.
_HEAD: Final = 1024 * 1024
_CHUNK: Final = 1024 * 1024
# Texts in which a backslash separates no values (PS3.5 6.2).
_LONG_TEXTS: Final = frozenset({"LT", "ST", "UT"})

Attributes = dict[str, Any]


def read_header(path: Path, tags: Collection[str]) -> Attributes:
    """These attributes (texts, by tag of DICOM JSON) of a Part 10 file, its pixels unread.

    Raises Malformed, and nothing else, for a file that is none.
    """
    wanted = {_CHARACTER_SET: "", **{int(tag, 16): tag for tag in tags}}
    if not path.stat().st_size:
        raise Malformed("not a Part 10 file")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        meta = read_file_meta(data, wanted=(_SYNTAX,))
        syntax = meta.text(_SYNTAX)
        order = UNCOMPRESSED_SYNTAXES.get(syntax, EXPLICIT_LE)
        stop = max(wanted) + 1
        if syntax == DEFLATED:
            head = _inflated(bytes(data[meta.end : meta.end + _HEAD]))
            root = read_elements(head, 0, order, wanted=wanted, stop=stop)
        else:
            root = read_elements(data, meta.end, order, wanted=wanted, stop=stop)
    texts = Texts(tuple(root.text(_CHARACTER_SET).split("\\")))
    return {
        tag: element_of(tag, texts.decode(root.values[number]))
        for number, tag in wanted.items()
        if tag and number in root.values
    }


def element_of(tag: str, text: str) -> Attributes:
    """An element of that text in the DICOM JSON model (PS3.18 F.2): of names the alphabetic form,
    of numbers the digits as they came."""
    vr = dictionary_VR(int(tag, 16))
    values = [text] if vr in _LONG_TEXTS else text.split("\\")
    values = [one.strip(" \0") for one in values]
    if not any(values):
        return {"vr": vr}
    if vr == "PN":
        return {"vr": vr, "Value": [{"Alphabetic": one.partition("=")[0]} for one in values]}
    return {"vr": vr, "Value": values}


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, _HEAD)
    except zlib.error:
        raise Malformed("the data set does not inflate") from None


def with_our_header(path: Path) -> None:
    """Write group 0002 of the file anew, as of the object that its data set is (PS3.10 7.1).

    The archive's own group 0002 reaches us by DICOMweb alone: by DIMSE a data set comes without
    it. So one object has the same bytes whatever way it came. A file that is no DICOM object stays
    as it is: its reader judges it. Raises OSError when the disk is full.
    """
    try:
        facts = read_facts(path)
    except Malformed:
        return
    ours = file_meta(facts.sop_class_uid, facts.sop_instance_uid, facts.transfer_syntax)
    with path.open("rb") as source:
        if source.read(len(ours)) == ours and facts.dataset_offset == len(ours):
            return
        renewed = path.with_suffix(".renewed")
        try:
            with renewed.open("xb") as target:
                target.write(ours)
                source.seek(facts.dataset_offset)
                copyfileobj(source, target, _CHUNK)
            renewed.replace(path)
        finally:
            renewed.unlink(missing_ok=True)
