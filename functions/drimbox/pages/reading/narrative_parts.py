"""A narrative that is too long for one answer, in parts: nothing is left out, nothing said alone.

A part holds whole sections where it can. A longer section is cut between its inner sections, then
between paragraphs, lines of a table and items of a list, then between words; each of its pieces
begins with its title and its warnings, each piece of a table with the table's head. A table is not
cut where a cell covers several lines, nor an ordered list, whose numbers would begin anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.reading import narrative
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lxml import etree

    from functions.drimbox.pages.reading.narrative import Told, Words

# One character of a text becomes this many at most: the words for one that nobody sees.
_LONGEST: Final = 8
_CUT: Final = frozenset({"paragraph", "list", "table"})
_NAMES: Final = {"paragraph": "p", "list": "ul"}
_HEAD: Final = frozenset({"caption", "thead"})


class TooLong(ValueError):
    """Something that cannot be cut is longer than a part."""


def parts(elements: Iterable[etree._Element], words: Words, most: int) -> tuple[Html, ...]:
    """The sections in parts of at most ``most`` characters, at least one. Raises TooLong."""
    told = (_drawn(one, words) for one in narrative.outline(elements, words))
    cutter = _Cutter(words, most // 2)
    pieces = (piece for one in told for piece in cutter.section(one, most))
    return tuple(_gathered(pieces, most)) or (join(),)


def text_parts(text: str, most: int) -> tuple[Html, ...]:
    """A text without structure in such parts, cut between words."""
    return tuple(_gathered(map(join, _words(text, most)), most)) or (join(),)


@frozen
class _Drawn:
    """A section whose narrative is drawn; ``size`` is that of the whole."""

    told: Told
    text: Html
    inner: tuple[_Drawn, ...]
    size: int


def _drawn(told: Told, words: Words) -> _Drawn:
    text, inner = narrative.text(told, words), tuple(_drawn(one, words) for one in told.inner)
    size = len(_section(told.before, text)) + sum(one.size for one in inner)
    return _Drawn(told, text, inner, size)


def _section(before: Html, *content: str) -> Html:
    return tag("section", before, *content)


def _joined(one: _Drawn) -> Html:
    return _section(one.told.before, one.text, *map(_joined, one.inner))


@frozen
class _Cutter:
    """Cuts a narrative that is longer than its room. Titles and warnings around a piece leave it
    half of a part: ``least``."""

    words: Words
    least: int

    def section(self, one: _Drawn, room: int) -> Iterator[Html]:
        """The pieces of a section, each with its title and its warnings."""
        if one.size <= room:
            yield _joined(one)
            return

        def around(content: str) -> Html:
            return _section(one.told.before, content)

        left = self._left(room, around)
        yield from map(around, _gathered(self._inside(one, left), left))

    def _inside(self, one: _Drawn, room: int) -> Iterator[Html]:
        if one.told.text is None or len(one.text) <= room:
            yield one.text
        else:
            yield from self._text(one.told.text, room)
        for inner in one.inner:
            yield from self.section(inner, room)

    def _text(self, text: etree._Element, room: int) -> Iterator[Html]:
        absent = narrative.notices(text, self.words)
        return self._wrapped(text, lambda content: tag("div", *absent, content), room)

    def _cut(self, element: etree._Element, room: int) -> Iterator[Html]:
        local = narrative.local_name(element)
        if local not in _CUT or element.get("listType") == "ordered":
            raise TooLong(local)
        if local == "table":
            return self._table(element, room)
        absent = narrative.absences(element, self.words)
        return self._wrapped(element, lambda content: tag(_NAMES[local], *absent, content), room)

    def _wrapped(
        self, element: etree._Element, around: Callable[[str], Html], room: int
    ) -> Iterator[Html]:
        left = self._left(room, around)
        yield from map(around, _gathered(self._children(element, left), left))

    def _children(self, element: etree._Element, room: int) -> Iterator[Html]:
        yield from map(join, _words(element.text or "", room))
        for child in element:
            drawn = narrative.drawn(child, self.words)
            if len(drawn) <= room:
                yield drawn
            else:
                yield from self._cut(child, room)
            yield from map(join, _words(child.tail or "", room))

    def _table(self, table: etree._Element, room: int) -> Iterator[Html]:
        """Pieces of a table, each below its caption and its head."""
        head = [one for one in table if narrative.local_name(one) in _HEAD]
        bodies = [one for one in table if narrative.local_name(one) not in _HEAD]
        lines = [line for one in bodies for line in self._lines(one)]
        if _has_text(table) or any(cell.get("rowspan") for one in lines for cell in one.iter()):
            raise TooLong("table")
        above = join(
            *narrative.absences(table, self.words),
            *(narrative.drawn(one, self.words) for one in head),
        )

        def around(content: str) -> Html:
            return tag("table", above, content)

        left = self._left(room, around)
        drawn = [self._line(one) for one in lines]
        if any(len(one) > left for one in drawn):
            raise TooLong("tr")
        yield from map(around, _gathered(drawn, left))

    def _lines(self, element: etree._Element) -> list[etree._Element]:
        """The lines of a part of a table; the part itself where it is no body."""
        if narrative.local_name(element) != "tbody":
            return [element]
        if _has_text(element):
            raise TooLong("tbody")
        return list(element)

    def _line(self, line: etree._Element) -> Html:
        """One line, in a body of its own."""
        drawn, body = narrative.drawn(line, self.words), line.getparent()
        if body is None or narrative.local_name(body) != "tbody":
            return drawn
        return tag("tbody", *narrative.absences(body, self.words), drawn)

    def _left(self, room: int, around: Callable[[str], Html]) -> int:
        left = room - len(around(""))
        if left < self.least:
            raise TooLong("titles and warnings")
        return left


def _has_text(element: etree._Element) -> bool:
    """Whether text stands between the children."""
    return any((text or "").strip() for text in (element.text, *(one.tail for one in element)))


def _gathered(pieces: Iterable[Html], room: int) -> Iterator[Html]:
    """The pieces, as many together as there is room for."""
    found: list[Html] = []
    size = 0
    for piece in pieces:
        if found and size + len(piece) > room:
            yield join(*found)
            found, size = [], 0
        found.append(piece)
        size += len(piece)
    if found:
        yield join(*found)


def _words(text: str, room: int) -> Iterator[str]:
    """A text in pieces that have room as HTML, cut behind blanks where there are some."""
    if len(join(text)) <= room:
        yield from (text,) if text else ()
        return
    most, at = max(1, room // _LONGEST), 0
    while at < len(text):
        end = at + most
        if end < len(text):
            end = max(text.rfind(" ", at, end), text.rfind("\n", at, end)) + 1 or end
        yield text[at:end]
        at = end
