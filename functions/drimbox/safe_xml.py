"""The only XML parser of the project: no entity, no network, no DTD, bounded size and depth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

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


# Bytes that the parser gets at once: a list in memory as a whole must not become a whole tree.
_PIECE: Final = 1 << 16


def parse_taking(
    chunks: Iterable[bytes],
    tag: str,
    take: Callable[[etree._Element], None],
    *,
    max_bytes: int = MAX_BYTES,
) -> etree._Element:
    """As :func:`parse`, for a document that comes in ``chunks``: it is read while it comes.
    ``take`` gets each element named ``tag``, whole, in the document's order.

    The element is emptied then, so that a long list is never in memory as a whole: the root has
    it without attribute or child. ``take`` may have got some when UnsafeXml is raised. An error of
    ``chunks`` leaves as it is.
    """
    events: Any = etree.XMLPullParser(events=("end",), tag=tag, **_RULES)
    left = max_bytes
    for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise UnsafeXml("too large")
        for begin in range(0, len(chunk), _PIECE):
            _feed(events, chunk[begin : begin + _PIECE])
            for _, element in events.read_events():
                _refuse_document_type(element)
                take(element)
                element.clear()
    root = _closed(events)
    _refuse_document_type(root)
    return root


def _feed(parser: Any, piece: bytes) -> None:
    try:
        parser.feed(piece)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnsafeXml("not well-formed") from error


def _closed(parser: Any) -> etree._Element:
    try:
        root: etree._Element = parser.close()
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnsafeXml("not well-formed") from error
    return root


# libxml2's own limit of depth; a parser with a target of ours does not apply it.
_DEPTH: Final = 256
_STEP: Final = 1 << 20


def parse_apart(
    data: bytes,
    is_apart: Callable[[Sequence[str], Mapping[str, str]], bool],
    take: Callable[[str], None],
    *,
    max_bytes: int,
) -> etree._Element:
    """As :func:`parse`, for a document with one text that is longer than a text may be: ``take``
    gets it in pieces, and the tree does not have it.

    ``is_apart`` chooses its element by the names from the root down to it, and its attributes. All
    the rest of the document has at most :data:`MAX_BYTES`. A ValueError of ``take`` leaves as it
    is.
    """
    if len(data) > max_bytes:
        raise UnsafeXml("too large")
    target = _Apart(is_apart, take)
    events: Any = target
    parser = etree.XMLParser(target=events, **_RULES)
    view = memoryview(data)
    try:
        for begin in range(0, len(data), _STEP):
            parser.feed(bytes(view[begin : begin + _STEP]))
            target.check()
        root: etree._Element = parser.close()
        target.check()
    except (etree.XMLSyntaxError, UnicodeError) as error:
        target.check()
        raise UnsafeXml("not well-formed") from error
    return root


class _Apart:
    """Builds the tree from the parser's events, without the texts that go apart."""

    def __init__(
        self,
        is_apart: Callable[[Sequence[str], Mapping[str, str]], bool],
        take: Callable[[str], None],
    ) -> None:
        self._is_apart = is_apart
        self._take = take
        self._builder = etree.TreeBuilder()
        self._names: list[str] = []
        self._apart: list[bool] = []
        self._kept = 0
        self._error: Exception | None = None

    def check(self) -> None:
        """Raise the error of an event: the parser itself may forget it."""
        if self._error is not None:
            raise self._error

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if len(self._names) == _DEPTH:
            self._refuse(UnsafeXml("too deep"))
        self._count(len(name) + sum(len(one) + len(two) for one, two in attributes.items()))
        self._names.append(name)
        self._apart.append(self._is_apart(self._names, attributes))
        self._builder.start(name, dict[str | bytes, str | bytes](attributes.items()))

    def end(self, name: str) -> None:
        self._names.pop()
        self._apart.pop()
        self._builder.end(name)

    def data(self, text: str) -> None:
        if self._apart and self._apart[-1]:
            try:
                self._take(text)
            except ValueError as error:
                self._refuse(error)
        else:
            self._count(len(text))
            self._builder.data(text)

    def doctype(self, *_: str) -> None:
        self._refuse(UnsafeXml("declares a document type"))

    def close(self) -> etree._Element:
        return self._builder.close()

    def _count(self, size: int) -> None:
        self._kept += size
        if self._kept > MAX_BYTES:
            self._refuse(UnsafeXml("too large"))

    def _refuse(self, error: Exception) -> NoReturn:
        self._error = self._error or error
        raise error


def _refuse_document_type(element: etree._Element) -> None:
    info: Any = element.getroottree().docinfo
    if info.doctype:
        raise UnsafeXml("declares a document type")
