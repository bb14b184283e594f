"""The only XML parser of the project: no entity, no network, no DTD, bounded size and depth."""

from __future__ import annotations

from typing import Any, Final

from lxml import etree

MAX_BYTES: Final = 16 * 1024 * 1024


class UnsafeXml(ValueError):
    """The bytes are not XML that we accept; the message never quotes them."""


def parse(data: bytes, *, max_bytes: int = MAX_BYTES) -> etree._Element:
    """Parse ``data`` (as received, at most ``max_bytes`` bytes) and return the root element.

    ``huge_tree=False`` keeps libxml2's own limits: depth 256, one text node 10 MB, entity
    amplification. Comments and processing instructions are dropped, so that ``.text`` of
    ``a<!-- x -->b`` is ``ab`` and never ``a``. Raises :class:`UnsafeXml` for anything malformed,
    too large, too deep, or that declares a document type.
    """
    if len(data) > max_bytes:
        raise UnsafeXml("too large")
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
        raise UnsafeXml("not well-formed") from error
    info: Any = root.getroottree().docinfo
    if info.doctype:
        raise UnsafeXml("declares a document type")
    return root
