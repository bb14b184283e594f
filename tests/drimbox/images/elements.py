"""Elements written by hand, and a reader of Explicit VR that shares nothing with the library."""

from __future__ import annotations

from collections.abc import Iterator
from struct import pack, unpack_from

from functions.drimbox.manifest.writer import file_meta
from tests.drimbox.images.samples import IMPLICIT, SERIES, STUDY

UNDEFINED = 0xFFFFFFFF
ITEM_END = pack("<HHL", 0xFFFE, 0xE00D, 0)
SEQUENCE_END = pack("<HHL", 0xFFFE, 0xE0DD, 0)
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
# VRs whose explicit header has a length of 16 bits (PS3.5 table 7.1-2).
SHORT = frozenset(
    (
        *("AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN"),
        *("SH", "SL", "SS", "ST", "TM", "UI", "UL", "US"),
    )
)

Path = tuple[int, ...]


def implicit(tag: int, value: bytes, length: int | None = None) -> bytes:
    """An element in Implicit VR Little Endian; a value of odd length stays odd."""
    return pack("<HHL", tag >> 16, tag & 0xFFFF, len(value) if length is None else length) + value


def big(tag: int, vr: str, value: bytes, length: int | None = None) -> bytes:
    """An element in Explicit VR Big Endian; ``value`` is in that order already."""
    size = len(value) if length is None else length
    head = pack(">HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    return head + (pack(">H", size) if vr in SHORT else pack(">HL", 0, size)) + value


def explicit(tag: int, vr: str, value: bytes) -> bytes:
    """An element in Explicit VR Little Endian."""
    head = pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    return head + (pack("<H", len(value)) if vr in SHORT else pack("<HL", 0, len(value))) + value


def item(content: bytes) -> bytes:
    """An item of defined length, Implicit VR's form."""
    return implicit(0xFFFEE000, content)


def open_item(content: bytes) -> bytes:
    """An item of undefined length."""
    return implicit(0xFFFEE000, content + ITEM_END, UNDEFINED)


def open_sequence(tag: int, content: bytes) -> bytes:
    """A sequence of undefined length."""
    return implicit(tag, content + SEQUENCE_END, UNDEFINED)


# The identifiers of object 1 of the sample series, before and after everything of group 0010.
FIRST = implicit(0x00080016, SECONDARY_CAPTURE.encode() + b"\0") + implicit(
    0x00080018, f"{SERIES}.1\0".encode()
)
PLACE = implicit(0x0020000D, STUDY.encode() + b"\0") + implicit(0x0020000E, SERIES.encode())


def part10_of(body: bytes, syntax: str = IMPLICIT) -> bytes:
    """A data set behind a header that names object 1 of the sample series."""
    return file_meta(SECONDARY_CAPTURE, f"{SERIES}.1", syntax) + body


def read_explicit(data: bytes, start: int = 0) -> dict[Path, tuple[str, bytes]]:
    """Every element of a data set in Explicit VR Little Endian by its place: tags, and numbers of
    items between them. A sequence's value is the number of its items; the second of two equal tags
    is left out. Elements within UN have the VR ``""``."""
    reader = _Reading(data)
    assert reader.dataset(start, len(data), (), closed=False, explicit=True) == len(data)
    return reader.found


class _Reading:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.found: dict[Path, tuple[str, bytes]] = {}

    def dataset(self, at: int, end: int, place: Path, *, closed: bool, explicit: bool) -> int:
        while at < end:
            group, number, length = unpack_from("<HHL", self.data, at)
            tag = group << 16 | number
            if tag == 0xFFFEE00D and closed:
                return at + 8
            assert group != 0xFFFE
            vr = self.data[at + 4 : at + 6].decode() if explicit else ""
            at += 8
            if explicit and vr in SHORT:
                length = unpack_from("<H", self.data, at - 2)[0]
            elif explicit:
                assert self.data[at - 2 : at] == b"\0\0"
                length = unpack_from("<L", self.data, at)[0]
                at += 4
            here = (*place, tag)
            if vr == "SQ" or length == UNDEFINED:
                limit = None if length == UNDEFINED else at + length
                at, count = self.items(at, limit, here, explicit=explicit and vr != "UN")
                self.found.setdefault(here, (vr, b"%d" % count))
                continue
            assert at + length <= end
            self.found.setdefault(here, (vr, self.data[at : at + length]))
            at += length
        assert not closed
        return at

    def items(self, at: int, limit: int | None, place: Path, *, explicit: bool) -> tuple[int, int]:
        count = 0
        while at != limit:
            group, number, size = unpack_from("<HHL", self.data, at)
            at += 8
            if (group, number) == (0xFFFE, 0xE0DD) and limit is None:
                break
            assert (group, number) == (0xFFFE, 0xE000)
            closed = size == UNDEFINED
            to = len(self.data) if closed else at + size
            at = self.dataset(at, to, (*place, count), closed=closed, explicit=explicit)
            count += 1
        return at, count


def tags(found: dict[Path, tuple[str, bytes]]) -> Iterator[int]:
    """The tags at the top, in their order."""
    return (place[0] for place in found if len(place) == 1)
