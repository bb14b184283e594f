"""The body of a clinical document that somebody reads: a PDF, a plain text, or sections of text.

Level 1 (nonXMLBody) has one content; level 2 and 3 (structuredBody) have sections, whose narrative
is their text for people (CDA R2 4.3). The document may be anybody's: nothing but its form counts.
"""

from __future__ import annotations

import base64
import binascii
from io import BytesIO
from typing import TYPE_CHECKING, Final

from functions.drimbox.report.cda_xml import V3
from functions.drimbox.safe_xml import UnsafeXml, parse_apart
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lxml import etree

PDF: Final = "application/pdf"
# ISO 32000-1 7.5.2: readers find the header within the first 1,024 bytes; we ask for it at once.
_PDF_HEADER: Final = b"%PDF-"
_PLAIN: Final = frozenset({"text/plain", ""})


@frozen
class Pdf:
    """A PDF, whole."""

    content: bytes

    def __repr__(self) -> str:
        return f"Pdf({len(self.content)})"


@frozen
class PlainText:
    """A text without structure."""

    text: str

    def __repr__(self) -> str:
        return "PlainText(…)"


@frozen
class Sections:
    """The outer sections, as elements of the document."""

    elements: tuple[etree._Element, ...]

    def __repr__(self) -> str:
        return f"Sections({len(self.elements)})"


@frozen
class OtherForm:
    """A form that no page shows; ``media_type`` is as the document says it."""

    media_type: str


Body = Pdf | PlainText | Sections | OtherForm


def parse_large(content: bytes, max_bytes: int) -> tuple[etree._Element, bytes | None]:
    """A document with a content in base64 that is longer than a text of a tree may be: the
    document without it, and its bytes; None where none is such. Raises UnsafeXml.
    """
    apart = _Base64()
    root = parse_apart(content, _is_base64, apart.take, max_bytes=max_bytes)
    return root, apart.finish()


def read_body(root: etree._Element, apart: bytes | None = None) -> Body | None:
    """The body of a ClinicalDocument; None when it has none, or one that cannot be read. ``apart``
    is its content in base64 where :func:`parse_large` took it out.
    """
    if root.tag != _name("ClinicalDocument"):
        return None
    bodies = root.findall(f"{_name('component')}/*")
    if len(bodies) != 1 or bodies[0].get("nullFlavor") is not None:
        return None
    if bodies[0].tag == _name("structuredBody"):
        return _sections(bodies[0])
    if bodies[0].tag == _name("nonXMLBody"):
        return _content(bodies[0], apart)
    return None


def as_pdf(content: bytes) -> Pdf | None:
    """``content`` where it is a PDF."""
    return Pdf(content) if content.startswith(_PDF_HEADER) else None


def _sections(body: etree._Element) -> Sections | None:
    found = tuple(body.iterfind(f"{_name('component')}/{_name('section')}"))
    return Sections(found) if found else None


def _content(body: etree._Element, apart: bytes | None) -> Body | None:
    found = body.findall(_name("text"))
    if len(found) != 1 or len(found[0]) or found[0].get("nullFlavor") is not None:
        return None  # a content that says that it is none is none
    media_type = found[0].get("mediaType", "").strip().lower()
    text = found[0].text or ""
    in_base64 = found[0].get("representation", "TXT") == "B64"
    if media_type == PDF and in_base64:
        content = _decoded(text) if apart is None else apart
        return None if content is None else as_pdf(content)
    if media_type in _PLAIN and not in_base64:
        return PlainText(text.strip()) if text.strip() else None
    return OtherForm(media_type)


def _is_base64(names: Sequence[str], attributes: Mapping[str, str]) -> bool:
    return tuple(names) == _TEXT and attributes.get("representation") == "B64"


class _Base64:
    """Bytes from a text in base64 that comes in pieces."""

    def __init__(self) -> None:
        self._bytes = BytesIO()
        self._rest = ""
        self._ended = False

    def take(self, text: str) -> None:
        """The next piece. Raises UnsafeXml."""
        pending = self._rest + "".join(text.split())
        whole = len(pending) - len(pending) % 4
        self._rest = pending[whole:]
        if whole:
            self._decode(pending[:whole])

    def finish(self) -> bytes | None:
        """All bytes, None where no text came. Raises UnsafeXml."""
        if self._rest:
            raise UnsafeXml("not base64")
        return self._bytes.getvalue() or None

    def _decode(self, text: str) -> None:
        content = None if self._ended else _decoded(text)
        if content is None:
            raise UnsafeXml("not base64")
        self._bytes.write(content)
        self._ended = text.endswith("=")


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _name(local: str) -> str:
    return f"{{{V3}}}{local}"


_TEXT: Final = tuple(map(_name, ("ClinicalDocument", "component", "nonXMLBody", "text")))
