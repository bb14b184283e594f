"""Data elements of Explicit VR Little Endian, made and found (PS3.5 7.1.2, 7.5)."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from functions.drimbox.manifest.elements import (
    EXPLICIT_LE,
    ITEM,
    SHORT_VRS,
    UNDEFINED,
    Dataset,
    Malformed,
    Reader,
    is_padding,
    read_file_meta,
)
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.manifest.elements import Buffer

# The pixels, and the end of the elements that an import looks at.
PIXELS: Final = 0x7FE00000
_pack_short: Final = Struct("<HH2sH").pack
_pack_long: Final = Struct("<HH2sHL").pack
_pack_bare: Final = Struct("<HHL").pack
_MAX_SHORT: Final = 0xFFFF


@frozen
class Element:
    """One element of the top level: it stands from ``start`` to ``end`` of the object's bytes, its
    value from ``value`` on."""

    tag: int
    vr: bytes
    start: int
    value: int
    end: int


@frozen
class Head:
    """The elements before the pixels: in the order of their tags, each once. ``end`` is the offset
    behind them."""

    elements: tuple[Element, ...]
    start: int
    end: int

    def find(self, tag: int) -> Element | None:
        """The element of that tag, None when it is absent."""
        return next((one for one in self.elements if one.tag == tag), None)


def head_of(data: Buffer) -> Head:
    """The head of a Part 10 object. Raises Malformed, also where an element stands twice or out of
    order: two readers of such an object could see two patients."""
    start = read_file_meta(data, wanted=()).end
    reader, elements, at, end = Reader(data, EXPLICIT_LE), list[Element](), start, len(data)
    before = -1
    while at < end and not (not data[at] and is_padding(data, at)):
        header = reader.header(at, end)
        if header.tag >= PIXELS:
            break
        if header.tag <= before:
            raise Malformed("elements are out of order")
        found = Dataset({}, {}, at)
        reader.step(found, end)
        elements.append(Element(header.tag, header.vr, at, header.start, found.end))
        before, at = header.tag, found.end
    return Head(tuple(elements), start, at)


def value_of(data: Buffer, element: Element | None) -> bytes:
    """The value's bytes, padding included; b"" when the element is absent."""
    return b"" if element is None else bytes(data[element.value : element.end])


def items_of(data: Buffer, element: Element | None) -> bytes:
    """The items of a sequence as they stand, its own delimiter left out.

    Raises Malformed for an element that is no sequence, such as one of UN: its items are written
    in another form.
    """
    if element is None:
        return b""
    if element.vr != b"SQ":
        raise Malformed("not a sequence")
    length = int.from_bytes(bytes(data[element.value - 4 : element.value]), "little")
    end = element.end - 8 if length == UNDEFINED else element.end
    return bytes(data[element.value : end])


def written(tag: int, vr: bytes, value: bytes) -> bytes:
    """One element; a value of odd length is padded (PS3.5 6.2): a UID with NUL, others with a
    space."""
    if len(value) % 2:
        value += b"\0" if vr == b"UI" else b" "
    if vr in SHORT_VRS:
        if len(value) > _MAX_SHORT:
            raise Malformed("a value is longer than its form allows")
        return _pack_short(tag >> 16, tag & 0xFFFF, vr, len(value)) + value
    return _pack_long(tag >> 16, tag & 0xFFFF, vr, 0, len(value)) + value


def sequence(tag: int, items: bytes) -> bytes:
    """A sequence of these items (PS3.5 7.5), with its length."""
    return written(tag, b"SQ", items)


def item(content: bytes) -> bytes:
    """One item around encoded elements."""
    return _pack_bare(ITEM >> 16, ITEM & 0xFFFF, len(content)) + content
