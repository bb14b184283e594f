"""The only XML parser of the project: no entity, no network, no DTD, bounded size and depth."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BYTES: Final = 16 * 1024 * 1024
_RULES: Final[dict[str, Any]] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


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
    try:
        root = etree.fromstring(data, etree.XMLParser(**_RULES))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnsafeXml("not well-formed") from error
    _refuse_document_type(root)
    return root


def parse_taking(
    data: bytes,
    tag: str,
    take: Callable[[etree._Element], None],
    *,
    max_bytes: int = MAX_BYTES,
) -> etree._Element:
    """As :func:`parse`; ``take`` gets each element named ``tag``, whole, in the document's order.

    The element is emptied then, so that a long list is never in memory as a whole: the root has
    it without attribute or child. ``take`` may have got some when UnsafeXml is raised.
    """
    if len(data) > max_bytes:
        raise UnsafeXml("too large")
    events = etree.iterparse(BytesIO(data), events=("end",), tag=tag, **_RULES)
    while (element := _next_element(events)) is not None:
        _refuse_document_type(element)
        take(element)
        element.clear()
    root: etree._Element = events.root
    _refuse_document_type(root)
    return root


def _next_element(events: Any) -> etree._Element | None:
    try:
        _, element = next(events)
    except StopIteration:
        return None
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnsafeXml("not well-formed") from error
    found: etree._Element = element
    return found


def _refuse_document_type(element: etree._Element) -> None:
    info: Any = element.getroottree().docinfo
    if info.doctype:
        raise UnsafeXml("declares a document type")
