"""The XML of this simulator: one hardened parser, the namespaces, text read whole."""

from __future__ import annotations

from functools import cache
from typing import Final

from lxml import etree

MAX_BYTES: Final = 20 * 1024 * 1024

NAMESPACES: Final = {
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "ec": "http://www.w3.org/2001/10/xml-exc-c14n#",
    "hab": "urn:si-dmp-habilitations",
    "hl7": "urn:hl7-org:v3",
    "lcm": "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0",
    "query": "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0",
    "rim": "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0",
    "rs": "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0",
    "saml2": "urn:oasis:names:tc:SAML:2.0:assertion",
    "soap": "http://www.w3.org/2003/05/soap-envelope",
    "wsa": "http://www.w3.org/2005/08/addressing",
    "wsse": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
    "xdsb": "urn:ihe:iti:xds-b:2007",
    "xop": "http://www.w3.org/2004/08/xop/include",
}


class BadXml(ValueError):
    """The bytes are not XML that we read; the message never quotes them."""


def parse(data: bytes, *, max_bytes: int = MAX_BYTES) -> etree._Element:
    """Parse ``data`` and return its root element.

    No entity, no DTD, no network; libxml2's own limits on depth and text stay on. Comments and
    processing instructions are dropped, so that text is never cut at one. Raises
    :class:`BadXml`.
    """
    if len(data) > max_bytes:
        raise BadXml("too large")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadXml("not well-formed") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise BadXml("declares a document type")
    return root


@cache
def name(qualified: str) -> str:
    """``prefix:local`` in Clark notation, with the prefixes of :data:`NAMESPACES`."""
    prefix, _, local = qualified.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def children(parent: etree._Element, qualified: str) -> list[etree._Element]:
    """The direct child elements of that name, in document order."""
    return parent.findall(name(qualified))


def text(element: etree._Element | None) -> str:
    """The element's own text without surrounding white space; "" for None or no text."""
    return "" if element is None or element.text is None else element.text.strip()


def local_name(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return etree.QName(element).localname
