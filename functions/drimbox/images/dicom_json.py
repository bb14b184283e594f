"""The attributes of an object as DICOM JSON (PS3.18 F), bulk data and pixels left out.

Written for Explicit VR Little Endian, the form in which every cached object's data set is. The
cache writes one for each object of a series of a thousand: hence no general library here.
"""

from __future__ import annotations

import base64
import math
import struct
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from functions.drimbox.images.character_sets import Texts
from functions.drimbox.manifest.elements import (
    EXPLICIT_LE,
    IMPLICIT_LE,
    ITEM,
    ITEM_END,
    MAX_DEPTH,
    SEQUENCE_END,
    SHORT_VRS,
    UNDEFINED,
    Malformed,
    Reader,
    skip_element,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from functions.drimbox.manifest.elements import Buffer

# Binary values above this size, in bytes, are bulk data: left out, as PS3.18 10.4.1.1.2 allows.
MAX_BINARY_BYTES: Final = 1024
# A text above this size is no attribute that a list or a viewer shows.
MAX_TEXT_BYTES: Final = 1024 * 1024
_PIXELS: Final = 0x7FE00008
_PIXEL_GROUP: Final = 0x7FE0
_CHARACTER_SET: Final = 0x00080005
_DELIMITERS: Final = 0xFFFE
_UNICODE: Final = {"vr": "CS", "Value": ["ISO_IR 192"]}
_TAG: Final = struct.Struct("<HH").unpack_from
_HEAD: Final = struct.Struct("<HH2sH").unpack_from
_LONG: Final = struct.Struct("<L").unpack_from

_BINARY: Final = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"UN"))
_NUMBERS: Final = {
    b"FL": "f",
    b"FD": "d",
    b"SL": "i",
    b"SS": "h",
    b"SV": "q",
    b"UL": "I",
    b"US": "H",
    b"UV": "Q",
}
# Texts that are one value whatever they hold, and those that stay in ASCII (PS3.5 6.1.2.3, 6.2).
_SINGLE: Final = frozenset((b"LT", b"ST", b"UT", b"UR"))
_PLAIN: Final = frozenset((b"AE", b"AS", b"CS", b"DA", b"DT", b"TM", b"UI"))
_PARTS_OF_NAME: Final = ("Alphabetic", "Ideographic", "Phonetic")
Attributes = dict[str, dict[str, Any]]
Known = dict[tuple[bytes, bytes, tuple[str, ...]], dict[str, Any]]
"""Attributes by VR, value and character sets: most are the same in all objects of a series."""
# The most of them that are kept, and the bytes of the longest value.
_MOST_KNOWN: Final = 4096
_LONGEST_KNOWN: Final = 64


# An element's tag, VR, length and the offset of its value: a plain tuple, since a header has many.
_Head = tuple[int, bytes, int, int]


class _Level(NamedTuple):
    """How deep a data set stands in sequences, how the texts around it are written, the most
    bytes of a binary value, and whether elements that are left out are named. ``wanted``: the only
    ones that are read at the root, None for all. ``known``: attributes that were read before."""

    depth: int
    texts: Texts
    binary: int
    named: bool
    wanted: frozenset[int] | None
    known: Known | None


def data_set_json(
    data: Buffer,
    start: int,
    *,
    binary: int = MAX_BINARY_BYTES,
    named: bool = False,
    wanted: frozenset[int] | None = None,
    known: Known | None = None,
) -> Attributes:
    """The attributes of the data set (Explicit VR Little Endian) at ``start``, up to its pixels.

    Binary values of more than ``binary`` bytes are left out. ``named``: an element that is left out
    is there with its VR alone, for a reader to whom its presence means something. ``wanted``: the
    tags of the root that are given, whole; all others are stepped over and looked at by nobody.
    ``known`` is given to one object after the other of a series, and grows: objects share its
    attributes, and nobody changes these.
    Group lengths are left out (PS3.18 F.2.2), and so is a sequence of UN: its items are in Implicit
    VR. Texts are in Unicode and (0008,0005) says so. Numbers that JSON or their VR does not know
    become null, or stay a string for DS and IS. Raises Malformed, and nothing else.
    """
    only = None if wanted is None else wanted | {_CHARACTER_SET}
    level = _Level(0, Texts(), binary, named, only, known)
    if only is not None:
        start = _passed(data, start, len(data), only)
    found, _ = _data_set(data, start, len(data), level, closed=False)
    return found


def some_json(
    values: Iterable[tuple[int, bytes, bytes]],
    character_set: bytes,
    *,
    binary: int = MAX_BINARY_BYTES,
    named: bool = False,
    known: Known | None = None,
) -> Attributes:
    """Elements that are no sequences as :func:`data_set_json` gives them: each is its tag, its VR
    and its value as it is written. ``character_set``: the value of (0008,0005) around them."""
    texts = _texts_in(character_set) if character_set else Texts()
    level = _Level(0, texts, binary, named, None, known)
    found: Attributes = {}
    for tag, vr, value in values:
        _put(found, value, (tag, vr, len(value), 0), level)
    return found


def _data_set(
    data: Buffer, at: int, end: int, level: _Level, *, closed: bool
) -> tuple[Attributes, int]:
    """The elements from ``at`` to ``end``, or to the item's delimiter, and the offset behind."""
    if level.depth > MAX_DEPTH:
        raise Malformed("sequences are nested too deeply")
    found: Attributes = {}
    while at < end:
        head = _header(data, at, end)
        tag, vr, length, start = head
        if tag == ITEM_END and closed:
            return found, at + 8
        if level.depth == 0 and not 0 < tag < _PIXELS:
            return found, at
        if level.wanted is not None and tag not in level.wanted:
            at = _passed(data, _stepped_over(data, at, head, end), end, level.wanted)
        elif vr == b"SQ":
            items, at = _items(data, start, end, length, level)
            found[f"{tag:08X}"] = {"vr": "SQ", **({"Value": items} if items else {})}
        elif length == UNDEFINED:
            at = _behind(data, at, start, end, vr)
            found |= _named(tag, vr, level)
        else:
            at = _end_of(start, length, end)
            if tag == _CHARACTER_SET:
                level = level._replace(texts=_texts_in(bytes(data[start:at])))
                found["00080005"] = _UNICODE
            else:
                _put(found, data, head, level)
    if closed:
        raise Malformed("an item is not closed")
    return found, at


def _passed(data: Buffer, at: int, end: int, wanted: frozenset[int]) -> int:
    """The offset behind the elements of the frequent form (a VR with a 16-bit length) from ``at``
    on that nobody wants; anything else is for the caller to judge."""
    while at + 8 <= end:
        group, number, vr, length = _HEAD(data, at)
        after = at + 8 + length
        if vr not in SHORT_VRS or not 0 < group < _PIXEL_GROUP or after > end:
            break
        if group << 16 | number in wanted:
            break
        at = after
    return at


def _stepped_over(data: Buffer, at: int, head: _Head, end: int) -> int:
    """The offset behind an element that nobody wants."""
    _, vr, length, start = head
    if length != UNDEFINED:
        return _end_of(start, length, end)
    if vr == b"SQ":
        return Reader(data, EXPLICIT_LE).items(start, end, 0, closed=True)[1]
    return _behind(data, at, start, end, vr)


def _put(found: Attributes, data: Buffer, head: _Head, level: _Level) -> None:
    """Put an element that is no sequence into ``found``, as far as it is given or named."""
    tag, vr, length, start = head
    if not tag & 0xFFFF or length > _most(vr, level.binary):
        found |= _named(tag, vr, level)
    else:
        found[f"{tag:08X}"] = _remembered(vr, bytes(data[start : start + length]), level)


def _remembered(vr: bytes, value: bytes, level: _Level) -> dict[str, Any]:
    known = level.known
    if known is None or len(value) > _LONGEST_KNOWN:
        return _attribute(vr, value, level.texts)
    key = (vr, value, level.texts.terms)
    found = known.get(key)
    if found is None:
        found = _attribute(vr, value, level.texts)
        if len(known) < _MOST_KNOWN:
            known[key] = found
    return found


def _named(tag: int, vr: bytes, level: _Level) -> Attributes:
    """An element that is left out, as far as it is named."""
    return {f"{tag:08X}": {"vr": vr.decode("ascii")}} if level.named and tag & 0xFFFF else {}


def _header(data: Buffer, at: int, end: int) -> _Head:
    """The head of the element at ``at``; a delimiter has no VR."""
    if at + 8 > end:
        raise Malformed("cut inside an element's header")
    group, number, vr, length = _HEAD(data, at)
    if vr in SHORT_VRS:
        return group << 16 | number, vr, length, at + 8
    if group == _DELIMITERS or not (group or number):
        return group << 16 | number, b"", 0, at + 8
    if at + 12 > end or not (vr.isalpha() and vr.isupper()):
        raise Malformed("not a value representation")
    return group << 16 | number, vr, _LONG(data, at + 8)[0], at + 12


def _end_of(start: int, length: int, end: int) -> int:
    if start + length > end:
        raise Malformed("a value is longer than its data set")
    return start + length


def _behind(data: Buffer, head: int, start: int, end: int, vr: bytes) -> int:
    """The offset behind a value of undefined length: implicit items, or encapsulated pixels."""
    if vr == b"UN":
        return Reader(data, IMPLICIT_LE).items(start, end, 0, closed=True)[1]
    return skip_element(data, head, EXPLICIT_LE)


def _texts_in(character_set: bytes) -> Texts:
    return Texts(tuple(_split(Texts().decode(character_set))))


def _most(vr: bytes, binary: int) -> int:
    return binary if vr in _BINARY else MAX_TEXT_BYTES


def _items(
    data: Buffer, at: int, end: int, length: int, around: _Level
) -> tuple[list[Attributes], int]:
    """The items of a sequence whose value starts at ``at``, and the offset after it."""
    level = around._replace(depth=around.depth + 1, wanted=None)
    closed = length == UNDEFINED
    if not closed:
        end = _end_of(at, length, end)
    items: list[Attributes] = []
    while at < end:
        if at + 8 > end:
            raise Malformed("cut inside an item's header")
        group, number = _TAG(data, at)
        size = _LONG(data, at + 4)[0]
        tag, at = group << 16 | number, at + 8
        if tag == SEQUENCE_END and closed:
            return items, at
        open_ended = size == UNDEFINED
        if tag != ITEM or (not open_ended and at + size > end):
            raise Malformed("not an item")
        item, at = _data_set(data, at, end if open_ended else at + size, level, closed=open_ended)
        items.append(item)
    if closed:
        raise Malformed("a sequence is not closed")
    return items, at


def _attribute(vr: bytes, value: bytes, texts: Texts) -> dict[str, Any]:
    """One element that is no sequence, as PS3.18 F.2.3 writes it."""
    attribute: dict[str, Any] = {"vr": vr.decode("ascii")}
    if vr in _BINARY:
        if value:
            attribute["InlineBinary"] = base64.b64encode(value).decode("ascii")
        return attribute
    values = _VALUES.get(vr, _texts)(value, texts)
    # An absent value is null between others, and no "Value" where there is no other (F.2.5).
    if any(one is not None for one in values):
        attribute["Value"] = values
    return attribute


def _numbers(value: bytes, _: Texts, *, code: str, size: int) -> list[Any]:
    whole = len(value) - len(value) % size
    found = struct.unpack(f"<{whole // size}{code}", value[:whole])
    if code in "fd":
        return [one if math.isfinite(one) else None for one in found]
    return list(found)


def _tags(value: bytes, _: Texts) -> list[Any]:
    words = struct.unpack(f"<{len(value) // 4 * 2}H", value[: len(value) // 4 * 4])
    return [f"{group:04X}{number:04X}" for group, number in zip(*[iter(words)] * 2, strict=True)]


def _split(text: str) -> list[str]:
    return [part.strip(" \0") for part in text.split("\\")]


def _plain(value: bytes, _: Texts) -> list[Any]:
    return [part or None for part in _split(value.decode("latin-1"))]


def _texts(value: bytes, texts: Texts) -> list[Any]:
    return [part or None for part in _split(texts.decode(value))]


def _text(value: bytes, texts: Texts) -> list[Any]:
    return [texts.decode(value).rstrip(" \0") or None]


def _names(value: bytes, texts: Texts) -> list[Any]:
    """PS3.18 F.2.2 gives each group of a name its kind."""
    return [
        {
            kind: group.strip(" \0")
            for kind, group in zip(_PARTS_OF_NAME, part.split("="), strict=False)
            if group.strip(" \0")
        }
        or None
        for part in texts.decode(value).split("\\")
    ]


def _decimals(value: bytes, _: Texts, *, number: Callable[[str], float]) -> list[Any]:
    found: list[Any] = []
    for part in _split(value.decode("latin-1")):
        try:
            read = number(part) if part else None
        except ValueError:
            found.append(part)
        else:
            found.append(part if read is not None and not math.isfinite(read) else read)
    return found


_VALUES: Final[Mapping[bytes, Callable[[bytes, Texts], list[Any]]]] = {
    b"AT": _tags,
    b"DS": partial(_decimals, number=float),
    b"IS": partial(_decimals, number=int),
    b"PN": _names,
    **dict.fromkeys(_SINGLE, _text),
    **dict.fromkeys(_PLAIN, _plain),
    **{
        vr: partial(_numbers, code=code, size=struct.calcsize(f"<{code}"))
        for vr, code in _NUMBERS.items()
    },
}
