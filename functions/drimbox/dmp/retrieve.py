"""Documents by their entries: ITI-43 Retrieve Document Set (ITI TF-2 3.43, the DMP's TD3.2).

Each document is proved before anybody sees a byte of it: its size and its SHA-1 are those of its
entry, which the registry computed from the author's bytes. Nothing is kept.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from lxml import etree

from functions.drimbox.dmp import registry, soap, xds
from functions.drimbox.dmp.soap import AnswerUnreadable
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from functions.drimbox.dmp.registry import DocumentEntry, RegistryResponse

ACTION: Final = "urn:ihe:iti:2007:RetrieveDocumentSet"
# One document in bytes: base64 inside XML, it still passes the parser's limit for one text.
MAX_DOCUMENT: Final = 7 * 1024 * 1024
# One document that is asked for alone, and comes as a part of the message: a report with a PDF.
MAX_ALONE: Final = 48 * 1024 * 1024
# All documents of one request: the answer is in memory as a whole.
MAX_SET: Final = 12 * 1024 * 1024
# Envelope, parts' headers and metadata, for each document.
_AROUND: Final = 16 * 1024
PARTIAL: Final = "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess"


@frozen
class Retrieved:
    """The documents that came, by uniqueId. ``altered``: those whose bytes are not their entries';
    a document that is in neither was not given."""

    documents: Mapping[str, bytes]
    altered: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Retrieved({len(self.documents)}, altered={len(self.altered)})"


def is_retrievable(entry: DocumentEntry, *, most: int = MAX_DOCUMENT) -> bool:
    """Whether the document may be asked for: its entry says where it is, and its bytes can be
    proved within our limits."""
    known = bool(entry.repository_unique_id and entry.sha1)
    return known and entry.size is not None and 0 < entry.size <= most


def are_retrievable(entries: Sequence[DocumentEntry]) -> bool:
    """Whether one request may ask for these documents together, or for one of them alone."""
    if len(entries) == 1:
        return is_retrievable(entries[0], most=MAX_ALONE)
    able = bool(entries) and all(map(is_retrievable, entries))
    return able and sum(entry.size or 0 for entry in entries) <= MAX_SET


def request(entries: Sequence[DocumentEntry]) -> bytes:
    """xdsb:RetrieveDocumentSetRequest for these documents (3.43.4.1.2)."""
    root = etree.Element(_name("RetrieveDocumentSetRequest"), nsmap={"xdsb": xds.XDSB})
    for entry in entries:
        asked = etree.SubElement(root, _name("DocumentRequest"))
        etree.SubElement(asked, _name("RepositoryUniqueId")).text = entry.repository_unique_id
        etree.SubElement(asked, _name("DocumentUniqueId")).text = entry.unique_id
    return etree.tostring(root, encoding="utf-8")


def longest_answer(entries: Sequence[DocumentEntry]) -> int:
    """The most bytes that an answer with these documents may have: all of them in base64."""
    return sum((entry.size or 0) * 3 // 2 + _AROUND for entry in entries) + _AROUND


def response_of(element: etree._Element) -> RegistryResponse:
    """The status and the errors in a RetrieveDocumentSetResponse. Raises AnswerUnreadable."""
    found = element.findall(f"{{{xds.RS}}}RegistryResponse")
    if element.tag != _name("RetrieveDocumentSetResponse") or len(found) != 1:
        raise AnswerUnreadable("not an answer to a retrieval")
    return registry.read_response(found[0])


def read(
    element: etree._Element, parts: Mapping[str, bytes], entries: Sequence[DocumentEntry]
) -> Retrieved:
    """The documents of an answer whose status was read; ``parts`` are its MTOM parts.

    Raises AnswerUnreadable when a document comes that was not asked for, or twice: the answer is
    another request's, and nothing of it is taken.
    """
    asked = {(entry.repository_unique_id, entry.unique_id): entry for entry in entries}
    documents: dict[str, bytes] = {}
    altered: set[str] = set()
    for given in element.iterfind(_name("DocumentResponse")):
        named = tuple(
            (given.findtext(_name(part)) or "").strip()
            for part in ("RepositoryUniqueId", "DocumentUniqueId")
        )
        entry = asked.pop((named[0], named[1]), None)
        if entry is None:
            raise AnswerUnreadable("a document that was not asked for")
        content = _content(given, parts)
        if _is_of(entry, content):
            documents[entry.unique_id] = content
        else:
            altered.add(entry.unique_id)
    return Retrieved(documents, frozenset(altered))


def _is_of(entry: DocumentEntry, content: bytes) -> bool:
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    return len(content) == entry.size and hmac.compare_digest(digest, entry.sha1)


def _content(given: etree._Element, parts: Mapping[str, bytes]) -> bytes:
    """The bytes of one Document: a part of the message (XOP) or base64 in place."""
    found = given.findall(_name("Document"))
    if len(found) != 1:
        raise AnswerUnreadable("not exactly one content")
    document = found[0]
    if not len(document):
        return decoded("".join((document.text or "").split()).encode())
    if len(document) != 1 or document[0].tag != f"{{{soap.XOP}}}Include":
        raise AnswerUnreadable("a content that is neither a part nor base64")
    reference = unquote(document[0].get("href", ""))
    content = parts.get(reference.removeprefix("cid:"))
    if content is None or not reference.startswith("cid:"):
        raise AnswerUnreadable("a content without its part")
    return content


def decoded(data: bytes) -> bytes:
    """``data`` from base64. Raises AnswerUnreadable."""
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise AnswerUnreadable("not base64") from None


def _name(local: str) -> str:
    return f"{{{xds.XDSB}}}{local}"
