"""Data elements to bytes in Implicit VR Little Endian (PS3.5 A.1), with defined lengths.

In Implicit VR an element is its tag, its length and its value: the writer needs no dictionary
beyond the manifest's own table, and the same facts always give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from struct import Struct
from typing import Final

from functions.drimbox.manifest.dictionary import ATTRIBUTES, MAX_CHARACTERS
from functions.drimbox.oid import derive_uid

Tree = Mapping[str, "str | bytes | Sequence[Tree]"]

IMPLEMENTATION_CLASS_UID: Final = derive_uid("drimbox", "implementation class")
IMPLEMENTATION_VERSION_NAME: Final = "DRIMBOX"

_HEADER: Final = Struct("<HHL").pack
_ITEM: Final = 0xFFFEE000


class ValueTooLong(ValueError):
    """A value does not fit its VR; ``keyword`` names the attribute, the value is not kept."""

    def __init__(self, keyword: str) -> None:
        super().__init__(f"{keyword} is too long")
        self.keyword = keyword


def element(tag: int, value: bytes) -> bytes:
    """One data element; ``value`` must already have an even length."""
    return _HEADER(tag >> 16, tag & 0xFFFF, len(value)) + value


def item(content: bytes) -> bytes:
    """One sequence item around encoded elements."""
    return element(_ITEM, content)


def uid(value: str) -> bytes:
    """A UI value, padded to an even length with a NUL (PS3.5 9.1)."""
    raw = value.encode("ascii")
    return raw + b"\0" if len(raw) % 2 else raw


def text(value: str, codec: str) -> bytes:
    """A character value in ``codec``, padded to an even length with a space."""
    raw = value.encode(codec)
    return raw + b" " if len(raw) % 2 else raw


def file_meta(sop_class_uid: str, sop_instance_uid: str, transfer_syntax: str) -> bytes:
    """A Part 10 file's preamble (zeros), prefix and group 0002, which is always Explicit VR Little
    Endian (PS3.10 7.1)."""
    short = (
        (0x0002, b"UI", uid(sop_class_uid)),
        (0x0003, b"UI", uid(sop_instance_uid)),
        (0x0010, b"UI", uid(transfer_syntax)),
        (0x0012, b"UI", uid(IMPLEMENTATION_CLASS_UID)),
        (0x0013, b"SH", text(IMPLEMENTATION_VERSION_NAME, "ascii")),
    )
    group = b"\x02\x00\x01\x00OB\x00\x00\x02\x00\x00\x00\x00\x01" + b"".join(
        b"\x02\x00" + number.to_bytes(2, "little") + vr + len(value).to_bytes(2, "little") + value
        for number, vr, value in short
    )
    length = b"\x02\x00\x00\x00UL\x04\x00" + len(group).to_bytes(4, "little")
    return bytes(128) + b"DICM" + length + group


def dataset(tree: Tree, codec: str) -> bytes:
    """Encode ``tree`` (keyword to text, to already encoded items, or to a sequence of trees).

    Elements come out in tag order, whatever the order of ``tree``. Raises ValueTooLong, and
    UnicodeEncodeError where a text does not fit ``codec``.
    """
    ordered = sorted(tree.items(), key=lambda pair: ATTRIBUTES[pair[0]].tag)
    return b"".join(
        element(ATTRIBUTES[keyword].tag, _value(keyword, value, codec))
        for keyword, value in ordered
    )


def _value(keyword: str, value: str | bytes | Sequence[Tree], codec: str) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return _characters(keyword, value, codec)
    return items(value, codec)


def items(trees: Iterable[Tree], codec: str) -> bytes:
    """The value of a sequence: each tree as one item."""
    return b"".join(item(dataset(tree, codec)) for tree in trees)


def _characters(keyword: str, value: str, codec: str) -> bytes:
    vr = ATTRIBUTES[keyword].vr
    limit = MAX_CHARACTERS.get(vr)
    # Several values of PN are separated by a backslash, each with the limit of its own.
    if limit is not None and any(len(part) > limit for part in value.split("\\")):
        raise ValueTooLong(keyword)
    return uid(value) if vr == "UI" else text(value, codec)
