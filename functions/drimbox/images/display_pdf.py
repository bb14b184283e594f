"""Where the PDF of an encapsulated document stands in its object (PS3.3 C.24)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.images.display_attributes import values
from functions.drimbox.images.display_content import NotUnderstood
from functions.drimbox.manifest.elements import EXPLICIT_LE, read_elements, read_header

if TYPE_CHECKING:
    from functions.drimbox.images.dicom_json import Attributes
    from functions.drimbox.manifest.elements import Buffer

# The largest PDF that a viewer takes, in bytes.
MAX_BYTES: Final = 64 * 1024 * 1024
_TITLE, _CONTENT, _KIND, _LENGTH = 0x00420010, 0x00420011, 0x00420012, 0x00420015
_BEGINS: Final = b"%PDF-"


def encapsulated_pdf(root: Attributes, data: Buffer, start: int) -> dict[str, Any]:
    """``kind`` "pdf", ``title``, ``range`` (offset and size in bytes within ``data``), ``sha256``.

    ``start`` is the offset of the data set. Raises NotUnderstood for a document of another kind, or
    one that is cut; Malformed.
    """
    if values(root, _KIND) != ["application/pdf"]:
        raise NotUnderstood("document")
    offset, size = _content(data, start)
    told = values(root, _LENGTH)
    # The byte that makes a length even belongs to no document.
    if told and told[0] in {size, size - 1}:
        size = told[0]
    if size > MAX_BYTES:
        raise NotUnderstood("size")
    content = bytes(data[offset : offset + size])
    if not content.startswith(_BEGINS):
        raise NotUnderstood("document")
    title = next(iter(values(root, _TITLE)), "")
    return {
        "kind": "pdf",
        "title": title if isinstance(title, str) else "",
        "range": [offset, size],
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _content(data: Buffer, start: int) -> tuple[int, int]:
    before = read_elements(data, start, EXPLICIT_LE, wanted=(), stop=_CONTENT)
    if before.end < len(data):
        header = read_header(data, before.end, EXPLICIT_LE)
        if header.tag == _CONTENT and header.start + header.length <= len(data):
            return header.start, header.length
    raise NotUnderstood("document")
