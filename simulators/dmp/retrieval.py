"""ITI-43 Retrieve Document Set (TF-2 3.43): the documents that a request names, as MTOM parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from simulators.dmp.ebrim import read_object
from simulators.dmp.errors import RegistryError, registry_response
from simulators.dmp.markup import NAMESPACES, children, name, parse, text
from simulators.dmp.soap import SoapFault
from simulators.dmp.store import StoredDocument

PARTIAL: Final = "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess"
_HUGE: Final = 40 * 1024 * 1024
_LAST_PART: Final = re.compile(rb"(Content-ID: <document-[0-9]+@[^>]+>\r\n\r\n)")
_NAMED: Final = re.compile(rb"(DocumentUniqueId>)[^<]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """One document of a request."""

    repository_id: str
    unique_id: str


def read_request(payload: etree._Element) -> list[Asked]:
    """The documents that a RetrieveDocumentSetRequest names. Raises :class:`SoapFault`."""
    if payload.tag != name("xdsb:RetrieveDocumentSetRequest"):
        raise SoapFault("the body is not a RetrieveDocumentSetRequest")
    asked = [
        Asked(
            text(one.find(name("xdsb:RepositoryUniqueId"))),
            text(one.find(name("xdsb:DocumentUniqueId"))),
        )
        for one in children(payload, "xdsb:DocumentRequest")
    ]
    if not asked or not all(one.repository_id and one.unique_id for one in asked):
        raise SoapFault("a DocumentRequest without its identifiers")
    return asked


def response(
    found: Sequence[tuple[Asked, StoredDocument]], errors: Sequence[RegistryError]
) -> tuple[etree._Element, dict[str, bytes]]:
    """The RetrieveDocumentSetResponse, and its parts by Content-ID."""
    root = etree.Element(
        name("xdsb:RetrieveDocumentSetResponse"), nsmap={"xdsb": NAMESPACES["xdsb"]}
    )
    status = registry_response(errors)
    if found and errors:
        status.set("status", PARTIAL)
    root.append(status)
    parts: dict[str, bytes] = {}
    for number, (asked, document) in enumerate(found):
        given = etree.SubElement(root, name("xdsb:DocumentResponse"))
        content_id = f"document-{number}@dmp.simulator"
        told = {
            "RepositoryUniqueId": asked.repository_id,
            "DocumentUniqueId": asked.unique_id,
            "mimeType": read_object(parse(document.entry)).mime_type,
        }
        for local, value in told.items():
            etree.SubElement(given, name(f"xdsb:{local}")).text = value
        content = etree.SubElement(given, name("xdsb:Document"))
        etree.SubElement(content, name("xop:Include"), href=f"cid:{content_id}")
        parts[content_id] = document.content
    return root, parts


def _in_the_document(change: bytes) -> Callable[[bytes], bytes]:
    """Puts bytes before each document's."""
    return lambda body: _LAST_PART.sub(lambda found: found[1] + change, body)


def _altered(body: bytes) -> bytes:
    """Another first byte in each document: the size stays, the hash does not."""
    end = [found.end() for found in _LAST_PART.finditer(body)]
    changed = bytearray(body)
    for place in end:
        changed[place] ^= 1
    return bytes(changed)


# Kind of fault -> the body of an answer spoilt so.
SPOILS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "altered": _altered,
    "resized": _in_the_document(b" "),
    "huge": _in_the_document(b" " * _HUGE),
    "other_document": lambda body: _NAMED.sub(rb"\g<1>2.25.999", body),
}
