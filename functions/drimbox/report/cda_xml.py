"""The bytes of a CDA as a tree, by the project's parser, without its body's large contents.

The parser's limits (16 MiB in all, 10 MB in one text) hold for everything that is read. A body's
content may be larger, and is not read: only there, and only in base64, is a long text left out.
"""

from __future__ import annotations

import hashlib
import re
import string
from typing import TYPE_CHECKING, Final

from functions.drimbox.safe_xml import UnsafeXml, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

V3: Final = "urn:hl7-org:v3"

# A base64 text as long as this is a picture or a PDF.
LARGE_CONTENT: Final = 1024 * 1024
# No character of a run means anything to XML: a run lies inside one text, name, attribute,
# comment or section.
_CHARACTERS: Final = (string.ascii_letters + string.digits + "+/=" + string.whitespace).encode()
_RUN: Final = re.compile(rb"[A-Za-z0-9+/=\s]*")
# The contents of a body (CDA R2 4.3): the document itself, and an image of a section.
_CONTENTS: Final = (
    "c:component/c:nonXMLBody/c:text[@representation='B64']",
    "c:component/c:structuredBody//c:observationMedia/c:value[@representation='B64']",
)


def parse_cda(data: bytes) -> etree._Element:
    """The root of ``data`` (XML, as received), whatever it is.

    A long run is first replaced by a mark. Where every mark is then found in a content of the body,
    the tree is the document's, but for contents that nobody reads. Anywhere else (a name, an
    attribute, a comment, an encoding in which the bytes mean something else) nothing is left out,
    and the document is parsed as it is. Raises UnsafeXml as :func:`safe_xml.parse`.
    """
    mark = hashlib.sha256(data).hexdigest().encode("ascii")
    marked, runs = _marked(data, mark)
    if runs:
        try:
            root = parse(marked)
        except UnsafeXml:
            return parse(data)
        if _marks_in_contents(root, mark.decode("ascii")) == runs:
            return root
    return parse(data)


def _marked(data: bytes, mark: bytes) -> tuple[bytes, int]:
    """``data`` with a mark for each long run, and their number."""
    kept: list[bytes] = []
    start = 0
    for first, end in _long_runs(data):
        kept += (data[start:first], mark)
        start = end
    return b"".join((*kept, data[start:])), len(kept) // 2


def _long_runs(data: bytes) -> Iterator[tuple[int, int]]:
    """First and end of each run above LARGE_CONTENT.

    Each of them holds a multiple of LARGE_CONTENT: only what is around those is looked at.
    """
    end = 0
    for probe in range(LARGE_CONTENT, len(data), LARGE_CONTENT):
        if probe < end:
            continue
        before = max(end, probe - LARGE_CONTENT)
        first = before + len(data[before:probe].rstrip(_CHARACTERS))
        run = _RUN.match(data, probe)
        last = probe if run is None else run.end()
        if last - first > LARGE_CONTENT:
            yield first, last
            end = last


def _marks_in_contents(root: etree._Element, mark: str) -> int:
    """A mark is the hash of the whole document: no other text holds it by chance or by intent."""
    return sum(
        (content.text or "").count(mark)
        for path in _CONTENTS
        for content in root.iterfind(path, {"c": V3})
    )
