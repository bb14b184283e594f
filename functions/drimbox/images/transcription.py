"""A data set in Explicit VR Little Endian (PS3.5 A.2): values are moved, never decoded.

The bytes of each value stay: those of a big-endian number are reversed, nothing else is touched.
Text in an undeclared character set, or a value that its VR does not allow, leaves as it came.

- Values that an explicit header cannot tell of become UN with their bytes (PS3.5 6.2.2): above
  64 kB in a VR of short length, no whole number of words, text where the dictionary says sequence.
- Values of odd length get one byte of padding (PS3.5 7.1.1), sequences and items get delimiters
  instead of lengths, and group lengths, retired and wrong by now (PS3.5 7.2), are left out.
- A sequence of UN and undefined length is Implicit VR in any syntax (PS3.5 6.2.2): it stays.
"""

from __future__ import annotations

import mmap
from array import array
from dataclasses import dataclass, field
from struct import Struct
from typing import TYPE_CHECKING, BinaryIO, Final

from functions.drimbox.images.representations import (
    PIXEL_REPRESENTATION,
    WAVEFORM_BITS_ALLOCATED,
    WORD_BYTES,
    Choice,
    implicit_vr,
)
from functions.drimbox.manifest.elements import (
    IMPLICIT_LE,
    ITEM,
    ITEM_END,
    MAX_DEPTH,
    SEQUENCE_END,
    SHORT_VRS,
    UNDEFINED,
    Header,
    Malformed,
    Reader,
    Syntax,
    is_padding,
)

if TYPE_CHECKING:
    from io import BufferedReader

_CHUNK: Final = 1024 * 1024
# Bytes up to which a value is taken from the mapped file.
_SMALL: Final = 64 * 1024
_MAX_SHORT: Final = 0xFFFF
_WORD_CODES: Final = {2: "H", 4: "I", 8: "Q"}
# VRs whose values are padded with a NUL; text is padded with a space (PS3.5 6.2).
_TEXT: Final = frozenset(
    (
        *(b"AE", b"AS", b"CS", b"DA", b"DS", b"DT", b"IS", b"LO", b"LT", b"PN"),
        *(b"SH", b"ST", b"TM", b"UC", b"UR", b"UT"),
    )
)
# The elements on which the VR of others depends.
_DECIDING: Final = frozenset((PIXEL_REPRESENTATION, WAVEFORM_BITS_ALLOCATED))
# Float, double float and integer pixels, which no other VR can hold.
_PIXELS: Final = frozenset((0x7FE00008, 0x7FE00009, 0x7FE00010))

_pack_short: Final = Struct("<HH2sH").pack
_pack_long: Final = Struct("<HH2sHL").pack
_pack_bare: Final = Struct("<HHL").pack


def transcribe(source: BufferedReader, start: int, syntax: Syntax, target: BinaryIO) -> None:
    """Append the data set at ``start`` of the file ``source``, which is in ``syntax``, to
    ``target`` (it can seek) in Explicit VR Little Endian.

    The order of elements stays, also a wrong one. Zeros after the last element are no element and
    are left out. The memory holds one value of at most 1 MiB at a time. Raises Malformed, and
    nothing of its own else, when the elements, the pixels above all, are not whole, or nest more
    than MAX_DEPTH deep; the bytes in ``target`` are of no use then.
    """
    with mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as data:
        transcription = _Transcription(source, data, syntax, target)
        transcription.dataset(start, len(data), closed=False, around=None)


@dataclass(slots=True)
class _Level:
    """One data set on the way: ``at`` is where its present element starts, ``known`` what its
    deciding elements say (None: absent)."""

    around: _Level | None
    at: int
    end: int
    closed: bool
    depth: int
    known: dict[int, int | None] = field(default_factory=dict)


class _Transcription:
    def __init__(
        self, source: BufferedReader, data: mmap.mmap, syntax: Syntax, target: BinaryIO
    ) -> None:
        self._source = source
        self._data = data
        self._syntax = syntax
        self._big = syntax.order == ">"
        self._read = Reader(data, syntax, wanted=_DECIDING)
        self._unsigned_short = Struct(syntax.order + "H").unpack
        self._target = target

    def dataset(self, start: int, end: int, *, closed: bool, around: _Level | None) -> int:
        """The elements from ``start`` on; the offset after them, and after their delimiter when
        ``closed`` (which is not written)."""
        depth = 0 if around is None else around.depth + 1
        if depth > MAX_DEPTH:
            raise Malformed("sequences are nested too deeply")
        level = _Level(around, start, end, closed, depth)
        while level.at < end:
            if depth == 0 and is_padding(self._data, level.at):
                return end
            header = self._read.header(level.at, end)
            if header.tag == ITEM_END and closed:
                return header.start
            level.at = self._element(header, level)
        if closed:
            raise Malformed("an item is not closed")
        return level.at

    def _element(self, header: Header, level: _Level) -> int:
        """Write one element; the offset after it."""
        if header.tag >> 16 == 0xFFFE:
            raise Malformed("a delimiter stands alone")
        vr = header.vr or self._implicit_vr(header.tag, level)
        if header.length == UNDEFINED:
            return self._undefined(header, vr, level)
        after = header.start + header.length
        if after > level.end:
            raise Malformed("a value is longer than its data set")
        if header.tag & 0xFFFF == 0:
            return after
        if header.tag in _DECIDING:
            level.known[header.tag] = self._number(self._data[header.start : after])
        if vr == b"SQ":
            self._sequence(header, after, level)
        else:
            self._value(header, vr)
        return after

    # -- the VR

    def _implicit_vr(self, tag: int, level: _Level) -> bytes:
        vr = implicit_vr(tag)
        if isinstance(vr, bytes):
            return vr
        return vr.then if self._nearest(vr, level) == vr.value else vr.otherwise

    def _nearest(self, choice: Choice, level: _Level | None) -> int | None:
        """The value on which a VR depends, of the innermost data set that has it, else None."""
        while level is not None:
            if choice.depends_on not in level.known:
                level.known[choice.depends_on] = self._further_on(choice.depends_on, level)
            if (value := level.known[choice.depends_on]) is not None:
                return value
            level = level.around
        return None

    def _further_on(self, tag: int, level: _Level) -> int | None:
        """The value of an element that has not come yet: a sequence may stand before it. Each data
        set is searched once, so that the time stays linear in the bytes."""
        found = self._read.dataset(
            level.at, level.end, level.depth, stop=tag + 1, closed=level.closed
        )
        return self._number(found.values.get(tag, b""))

    def _number(self, value: bytes) -> int | None:
        return int(self._unsigned_short(value)[0]) if len(value) == 2 else None

    # -- sequences

    def _sequence(self, header: Header, after: int, level: _Level) -> None:
        """A sequence of defined length. In Implicit VR the dictionary alone says that it is one:
        when the bytes say otherwise, they stay as they are, under UN."""
        if self._syntax.explicit:
            self._items(header, after, level)
            return
        mark = self._target.tell()
        try:
            self._items(header, after, level)
        except Malformed:
            self._target.seek(mark)
            self._target.truncate()
            self._value(header, b"UN")

    def _undefined(self, header: Header, vr: bytes, level: _Level) -> int:
        """A sequence of undefined length: nothing else has that in an uncompressed syntax."""
        if header.tag in _PIXELS or vr[:1] == b"O":
            raise Malformed("encapsulated pixel data out of place")
        if vr == b"SQ" or (vr == b"UN" and not self._syntax.explicit):
            return self._items(header, None, level)
        if vr != b"UN" and self._syntax.explicit:
            raise Malformed("a value has no length")
        # UN of undefined length, or items where the dictionary knows no sequence.
        reader = Reader(self._data, IMPLICIT_LE)
        _, end = reader.items(header.start, level.end, level.depth, closed=True)
        self._long_header(header.tag, b"UN", UNDEFINED)
        self._copy(header.start, end - header.start, 1)
        return end

    def _items(self, header: Header, after: int | None, level: _Level) -> int:
        """The items up to ``after`` or, without it, to the delimiter; the offset behind them."""
        end = level.end if after is None else after
        if header.start == after:
            self._long_header(header.tag, b"SQ", 0)
            return end
        self._long_header(header.tag, b"SQ", UNDEFINED)
        at = header.start
        while at < end:
            tag, length, start = self._read.item_header(at, end)
            if tag == SEQUENCE_END and after is None:
                self._delimiter(SEQUENCE_END)
                return start
            if tag != ITEM or (length != UNDEFINED and start + length > end):
                raise Malformed("not an item")
            at = self._item(start, length, end, level)
        if after is None:
            raise Malformed("a sequence is not closed")
        self._delimiter(SEQUENCE_END)
        return at

    def _item(self, start: int, length: int, end: int, level: _Level) -> int:
        if length == 0:
            self._delimiter(ITEM)
            return start
        closed = length == UNDEFINED
        self._target.write(_pack_bare(ITEM >> 16, ITEM & 0xFFFF, UNDEFINED))
        at = self.dataset(start, end if closed else start + length, closed=closed, around=level)
        self._delimiter(ITEM_END)
        return at

    # -- the bytes of the result

    def _value(self, header: Header, vr: bytes) -> None:
        """The element with its bytes, each word of a big-endian one reversed."""
        tag, length = header.tag, header.length
        padded = length + length % 2
        word = WORD_BYTES.get(vr, 1)
        if vr == b"OW" and not self._big:
            # Bytes in fact, one short of a word: padding mends it.
            word = 1
        if tag in _PIXELS and (vr[:1] != b"O" or length % word):
            raise Malformed("pixel data is no row of words")
        if length % word or (vr in SHORT_VRS and padded > _MAX_SHORT):
            vr, word = b"UN", 1
        if vr in SHORT_VRS:
            self._target.write(_pack_short(tag >> 16, tag & 0xFFFF, vr, padded))
        else:
            self._long_header(tag, vr, padded)
        self._copy(header.start, length, word if self._big else 1)
        if padded > length:
            self._target.write(b" " if vr in _TEXT else b"\0")

    def _copy(self, start: int, length: int, word: int) -> None:
        if length <= _SMALL:
            self._target.write(_reversed(self._data[start : start + length], word))
            return
        # Read, not mapped: pages of the file that are looked at count as the process's memory.
        self._source.seek(start)
        for at in range(0, length, _CHUNK):
            piece = self._source.read(min(_CHUNK, length - at))
            self._target.write(_reversed(piece, word))

    def _long_header(self, tag: int, vr: bytes, length: int) -> None:
        self._target.write(_pack_long(tag >> 16, tag & 0xFFFF, vr, 0, length))

    def _delimiter(self, tag: int) -> None:
        self._target.write(_pack_bare(tag >> 16, tag & 0xFFFF, 0))


def _reversed(piece: bytes, word: int) -> bytes:
    """``piece`` with the bytes of each word reversed."""
    if word == 1:
        return piece
    words = array(_WORD_CODES[word], piece)
    words.byteswap()
    return words.tobytes()
