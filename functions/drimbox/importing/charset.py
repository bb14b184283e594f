"""The character set of an object that gets new texts (PS3.3 C.12.1.1.2, PS3.5 6.1).

Our own texts are ASCII but for the name of an issuer or of a site. Such a name is written in the
object's own set where that has its characters. An object without a declared set becomes one in
UTF-8, if all its texts are in fact ASCII: the same bytes mean the same in both. Any other object
stays as it is, and the name loses its accents: nobody rewrites the texts of somebody else.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from functions.drimbox.importing.elements import Element, Head, value_of
from functions.drimbox.manifest.elements import (
    EXPLICIT_LE,
    ITEM,
    ITEM_END,
    SEQUENCE_END,
    UNDEFINED,
    Malformed,
    Reader,
)
from functions.drimbox.manifest.read import CODECS
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.manifest.elements import Buffer

UNICODE: Final = "ISO_IR 192"
_TEXTS: Final = frozenset((b"SH", b"LO", b"ST", b"LT", b"UT", b"UC", b"PN"))
_DELIMITERS: Final = frozenset({ITEM, ITEM_END, SEQUENCE_END})


@frozen
class CharacterSet:
    """``codec`` of the object's texts; ``declared`` is a new (0008,0005), "" where the object's own
    stays."""

    codec: str
    declared: str = ""

    def encode(self, text: str) -> bytes:
        """The text in this set; without its accents where the set does not have it."""
        try:
            return text.encode(self.codec)
        except UnicodeEncodeError:
            return unicodedata.normalize("NFKD", text).encode("ascii", "ignore")


def character_set(
    data: Buffer, head: Head, texts: tuple[str, ...], element: Element | None
) -> CharacterSet:
    """The set in which ``texts`` are written into the object; ``element`` is its (0008,0005)."""
    term = value_of(data, element).decode("ascii", "replace").strip(" \0")
    if all(one.isascii() for one in texts):
        return CharacterSet("ascii")
    codec = CODECS.get(term, "")
    if codec == "ascii" and all(_is_ascii(data, one) for one in head.elements):
        return CharacterSet("utf-8", UNICODE)
    return CharacterSet(codec or "ascii")


def _is_ascii(data: Buffer, element: Element) -> bool:
    """Whether every text of the element, in its items too, is ASCII. A sequence of UN counts as
    one that is not: its items have no VR."""
    if element.vr in _TEXTS:
        return value_of(data, element).isascii()
    if element.vr != b"SQ":
        return element.vr != b"UN" or value_of(data, element).isascii()
    reader, at = Reader(data, EXPLICIT_LE), element.value
    # Items and delimiters are stepped into, so that each element within is met once.
    while at < element.end:
        header = reader.header(at, element.end)
        if header.tag in _DELIMITERS or header.vr == b"SQ":
            at = header.start
            continue
        if header.length == UNDEFINED:
            return False
        at = header.start + header.length
        if at > element.end:
            raise Malformed("a value is longer than its item")
        if header.vr in _TEXTS and not bytes(data[header.start : at]).isascii():
            return False
    return True
