"""Bytes to data elements (PS3.5 7), bounded: hostile files may not cost depth, memory or time.

Only the wanted attributes are kept; everything else is stepped over. Sequences are followed to a
depth of :data:`MAX_DEPTH`; every length is checked against the remaining bytes before it is used.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_DEPTH: Final = 16

ITEM: Final = 0xFFFEE000
ITEM_END: Final = 0xFFFEE00D
SEQUENCE_END: Final = 0xFFFEE0DD
UNDEFINED: Final = 0xFFFFFFFF
_PIXEL_GROUP: Final = 0x7FE00000
_CHUNK: Final = 1024 * 1024
# VRs whose explicit header has a 16-bit length; every other one, those of later editions too, has
# two reserved bytes and a 32-bit length (PS3.5 7.1.2).
SHORT_VRS: Final = frozenset(
    (
        *(b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT"),
        *(b"PN", b"SH", b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US"),
    )
)


class Malformed(ValueError):
    """The bytes are not what PS3.5 says, or go beyond a limit; values are never quoted."""


class Syntax(NamedTuple):
    """How elements are written: with their VR or not, and the order of bytes (``<`` or ``>``)."""

    explicit: bool
    order: str = "<"


IMPLICIT_LE: Final = Syntax(explicit=False)
EXPLICIT_LE: Final = Syntax(explicit=True)
EXPLICIT_BE: Final = Syntax(explicit=True, order=">")
# Transfer syntaxes whose data set is not Explicit VR Little Endian; deflated has no entry.
UNCOMPRESSED_SYNTAXES: Final = {
    "1.2.840.10008.1.2": IMPLICIT_LE,
    "1.2.840.10008.1.2.2": EXPLICIT_BE,
}
DEFLATED: Final = "1.2.840.10008.1.2.1.99"

Buffer = bytes | memoryview | mmap.mmap


@dataclass(slots=True)
class Dataset:
    """The wanted elements of one data set: values as bytes, sequences as data sets.

    ``end`` is the offset after the last element read.
    """

    values: dict[int, bytes]
    sequences: dict[int, list[Dataset]]
    end: int = 0

    def text(self, tag: int, codec: str = "ascii") -> str:
        """A character value without its padding, "" when absent; undecodable bytes are U+FFFD."""
        return self.values.get(tag, b"").decode(codec, "replace").strip(" \0")

    def items(self, tag: int) -> list[Dataset]:
        """The items of a sequence, none when it is absent."""
        return self.sequences.get(tag, [])

    def number(self, tag: int) -> int | None:
        """An IS value; None when absent or not an integer of 32 bits (PS3.5 6.2)."""
        text = self.text(tag)
        digits = text[1:] if text[:1] in {"+", "-"} else text
        if not digits.isdigit() or not digits.isascii() or len(digits) > 11:
            return None
        value = int(text)
        return value if -(2**31) <= value < 2**31 else None


_DELIMITERS: Final = 0xFFFE
# By the order of bytes: tag and 32-bit length; VR and 16-bit length; 32-bit length; the whole head
# of an element with a VR and a 16-bit length.
_STRUCTS: Final = {
    order: tuple(struct.Struct(order + form).unpack_from for form in ("HHL", "2sH", "L", "HH2sH"))
    for order in "<>"
}


class Header(NamedTuple):
    """The head of an element: ``start`` is the offset of its value; no ``vr`` in Implicit VR."""

    tag: int
    vr: bytes
    length: int
    start: int


def is_padding(data: Buffer, start: int) -> bool:
    """True when only zeros follow: some writers fill a file up, and no element is eight zeros.

    Raises Malformed when elements follow such zeros: the search is made once for a data set.
    """
    if any(data[start : start + 8]):
        return False
    if not is_only_zeros(data, start):
        raise Malformed("zeros stand between elements")
    return True


def is_only_zeros(data: Buffer, start: int) -> bool:
    """True when every byte from ``start`` on is zero, also when there is none."""
    return not any(
        bytes(data[at : at + _CHUNK]).strip(b"\0") for at in range(start, len(data), _CHUNK)
    )


class Reader:
    """Steps over elements; ``wanted`` values and ``sequences`` are kept wherever they stand.

    Every method raises Malformed, and nothing else, for bytes that it cannot step over.
    """

    def __init__(
        self,
        data: Buffer,
        syntax: Syntax,
        wanted: Collection[int] = (),
        sequences: Collection[int] = (),
    ) -> None:
        self._data = data
        self._explicit = syntax.explicit
        self._item, self._vr_and_short, self._long, self._short = _STRUCTS[syntax.order]
        self._wanted = frozenset(wanted)
        self._sequences = frozenset(sequences)

    def dataset(self, start: int, end: int, depth: int, stop: int | None, closed: bool) -> Dataset:
        """Elements from ``start``: to ``end``, to the first tag from ``stop`` on, or, when
        ``closed``, to the item's own delimiter."""
        if depth > MAX_DEPTH:
            raise Malformed("sequences are nested too deeply")
        found = Dataset({}, {}, start)
        while (found.end if not self._explicit else self._simple(found, end, stop)) < end:
            # Hardly any element begins with a zero byte: the first look is the cheapest.
            if depth == 0 and not self._data[found.end] and is_padding(self._data, found.end):
                return found
            head = self.item_header(found.end, end)
            if head[0] == ITEM_END and closed:
                found.end = head[2]
                return found
            if stop is not None and head[0] >= stop:
                return found
            self._keep(found, self._header(head, found.end, end), end, depth)
        if closed:
            raise Malformed("an item is not closed")
        return found

    def _simple(self, found: Dataset, end: int, stop: int | None) -> int:
        """Step over elements as long as they are of the frequent form, a VR with a 16-bit length
        and a whole value; the offset behind them. Anything else is for the caller to judge."""
        data, wanted, sequences = self._data, self._wanted, self._sequences
        at = found.end
        while at + 8 <= end:
            group, number, vr, length = self._short(data, at)
            tag, after = group << 16 | number, at + 8 + length
            if vr not in SHORT_VRS or group == _DELIMITERS or tag in sequences or after > end:
                break
            if stop is not None and tag >= stop:
                break
            if tag in wanted:
                found.values[tag] = bytes(data[at + 8 : after])
            at = after
        found.end = at
        return at

    def step(self, found: Dataset, end: int, depth: int = 0) -> None:
        """Keep or step over the element at ``found.end``, which moves after it."""
        self._keep(found, self.header(found.end, end), end, depth)

    def _keep(self, found: Dataset, header: Header, end: int, depth: int) -> None:
        tag, _, length, start = header
        if tag >> 16 == 0xFFFE:
            raise Malformed("a delimiter stands alone")
        if length == UNDEFINED or tag in self._sequences:
            if length != UNDEFINED and start + length > end:
                raise Malformed("a sequence is longer than its data set")
            children, found.end = self._children(header, end, depth)
            if tag in self._sequences:
                found.sequences[tag] = children
            return
        after = start + length
        if after > end:
            raise Malformed("a value is longer than its data set")
        if tag in self._wanted:
            found.values[tag] = bytes(self._data[start:after])
        found.end = after

    def _children(self, header: Header, end: int, depth: int) -> tuple[list[Dataset], int]:
        if header.tag >= _PIXEL_GROUP or header.vr in {b"OB", b"OW"}:
            raise Malformed("encapsulated pixel data out of place")
        reader = self
        if header.vr == b"UN" and header.length == UNDEFINED:
            # PS3.5 6.2.2 note 2: such a value is a sequence in Implicit VR Little Endian.
            reader = Reader(self._data, IMPLICIT_LE, self._wanted, self._sequences)
        closed = header.length == UNDEFINED
        return reader.items(
            header.start, end if closed else header.start + header.length, depth, closed
        )

    def items(self, pos: int, end: int, depth: int, closed: bool) -> tuple[list[Dataset], int]:
        """The items of a sequence up to ``end`` or, when ``closed``, to its delimiter."""
        children: list[Dataset] = []
        while pos < end:
            tag, length, pos = self.item_header(pos, end)
            if tag == SEQUENCE_END and closed:
                return children, pos
            if tag != ITEM or (length != UNDEFINED and pos + length > end):
                raise Malformed("not an item")
            limit = end if length == UNDEFINED else pos + length
            child = self.dataset(pos, limit, depth + 1, None, closed=length == UNDEFINED)
            children.append(child)
            pos = child.end
        if closed:
            raise Malformed("a sequence is not closed")
        return children, pos

    def item_header(self, pos: int, end: int) -> tuple[int, int, int]:
        """The tag and length (32 bits) at ``pos``, and the offset behind both."""
        if pos + 8 > end:
            raise Malformed("cut inside an item's header")
        group, number, length = self._item(self._data, pos)
        return group << 16 | number, length, pos + 8

    def header(self, pos: int, end: int) -> Header:
        """The element's header at ``pos``, within ``end``."""
        return self._header(self.item_header(pos, end), pos, end)

    def _header(self, head: tuple[int, int, int], pos: int, end: int) -> Header:
        tag, length, start = head
        if not self._explicit or tag >> 16 == 0xFFFE:
            return Header(tag, b"", length, start)
        vr, short = self._vr_and_short(self._data, pos + 4)
        if vr in SHORT_VRS:
            return Header(tag, vr, short, start)
        if not (vr.isalpha() and vr.isupper()) or start + 4 > end:
            raise Malformed("not a value representation")
        return Header(tag, vr, self._long(self._data, start)[0], start + 4)


def read_elements(
    data: Buffer,
    start: int,
    syntax: Syntax,
    *,
    wanted: Collection[int],
    sequences: Collection[int] = (),
    stop: int | None = None,
) -> Dataset:
    """Read the data set at ``start`` of ``data``, to its end or before the first tag >= ``stop``.

    ``wanted`` tags are kept as bytes and ``sequences`` as data sets, at the top and within kept
    sequences. Raises Malformed and nothing else, in time linear in the bytes.
    """
    return Reader(data, syntax, wanted, sequences).dataset(start, len(data), 0, stop, closed=False)


def read_file_meta(data: Buffer, *, wanted: Collection[int]) -> Dataset:
    """Group 0002 of a Part 10 file (PS3.10 7.1); ``end`` is where the data set starts.

    Raises Malformed when the prefix ``DICM`` is not there or the group is malformed.
    """
    if bytes(data[128:132]) != b"DICM":
        raise Malformed("not a Part 10 file")
    reader, found = Reader(data, EXPLICIT_LE, wanted), Dataset({}, {}, 132)
    # The group length is not trusted: group 2 ends where another group starts.
    while data[found.end : found.end + 2] == b"\x02\0":
        reader.step(found, len(data))
    return found


def read_header(data: Buffer, start: int, syntax: Syntax) -> Header:
    """The header of the element at ``start``; raises Malformed when it is cut or ill-formed."""
    return Reader(data, syntax).header(start, len(data))


def skip_element(data: Buffer, start: int, syntax: Syntax) -> int:
    """The offset after a top-level element, encapsulated pixel data included (PS3.5 A.4).

    Raises Malformed when the element is longer than ``data``.
    """
    header = read_header(data, start, syntax)
    if header.length != UNDEFINED:
        end = header.start + header.length
        if end > len(data):
            raise Malformed("pixel data is cut")
        return end
    position = header.start
    while True:
        # Fragments are items of defined length; they hold no elements.
        fragment = read_header(data, position, IMPLICIT_LE)
        position = fragment.start + fragment.length
        if fragment.tag == SEQUENCE_END:
            return fragment.start
        if fragment.tag != ITEM or position > len(data):
            raise Malformed("pixel data is cut")
