"""The narrative of a clinical document as inert HTML (CDA R2 4.3.5).

A closed list of elements is written as what it is; every other element is its text alone. Nothing
of the document becomes an address, an image, a style, a name or a script: of all attributes only
the spans of table cells, the kind of a list, ``content/@revised``, ``nullFlavor`` and the word for
a section's subject are read. Text that its author deleted is struck and told as deleted; where
nothing tells how a revision is meant, nothing of the section's text is shown. Two more statements
change the meaning of a text and are told beside it:
that it is about somebody else than the patient (``section/subject``, 4.3.4, which holds for the
inner sections too), and that it is no value (a ``nullFlavor``).
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from functions.drimbox.pages.kit.components import notice
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lxml import etree

_V3: Final = "{urn:hl7-org:v3}"
# Elements of a narrative -> our own; the rest is text.
_TAGS: Final = {
    "paragraph": "p",
    "item": "li",
    "table": "table",
    "thead": "thead",
    "tbody": "tbody",
    "tfoot": "tfoot",
    "tr": "tr",
    "sub": "sub",
    "sup": "sup",
    "footnote": "small",
}
_CELLS: Final = frozenset({"th", "td"})
_STYLES: Final = {"Bold": "strong", "Emphasis": "em", "Italics": "em", "Underline": "u"}
# content/@revised (4.3.5.2): a change since the former version of the document.
_REVISED: Final = "revised"
_REVISIONS: Final = {"delete": "del", "insert": "ins"}
_NULL_FLAVOR: Final = "nullFlavor"
_SPAN: Final = re.compile(r"[1-9][0-9]{0,2}")
# A heading of the page is h1; the report's own facts have h2.
_DEEPEST_HEADING: Final = 6


@frozen
class Words:
    """Our own words in a narrative: ``image`` stands for each image, ``deleted`` and ``inserted``
    come before the text of a revision, ``unclear`` stands for the text of a section.

    ``subject`` tells of a section about somebody else: ``{who}`` is the document's word for that
    person. ``no_value`` tells of a nullFlavor: ``{why}`` is its word among ``flavours``, or its
    code.
    """

    image: str
    deleted: str
    inserted: str
    unclear: str
    subject: str
    no_value: str
    flavours: Mapping[str, str]

    def absent(self, flavour: str) -> str:
        """The words of a nullFlavor."""
        return self.no_value.format(why=self.flavours.get(flavour, flavour))


@frozen
class Told:
    """A section as it is told: ``before`` its text stand its title and the warnings that hold for
    it. ``text`` is its narrative, None without one, and where nothing of it is shown.
    """

    before: Html
    text: etree._Element | None
    inner: tuple[Told, ...]


def sections(elements: Iterable[etree._Element], words: Words) -> Html:
    """Sections with their titles, texts and inner sections."""
    return join(*(_whole(one, words) for one in outline(elements, words)))


def outline(
    elements: Iterable[etree._Element], words: Words, level: int = 3, subject: str = ""
) -> tuple[Told, ...]:
    """The sections as they are told; ``subject``: the words for the person whom the outer section
    is about, "" for the patient."""
    return tuple(_told(one, words, level, subject) for one in elements)


def _whole(told: Told, words: Words) -> Html:
    return tag(
        "section", told.before, text(told, words), *(_whole(one, words) for one in told.inner)
    )


def text(told: Told, words: Words) -> Html:
    """The narrative of one section, without those of its inner ones."""
    if told.text is None:
        return join()
    return tag("div", *notices(told.text, words), *_inside(told.text, words))


def _told(section: etree._Element, words: Words, level: int, subject: str) -> Told:
    title = section.find(f"{_V3}title")
    text = section.find(f"{_V3}text")
    subject = _subject(section, words) or subject
    inner = outline(section.iterfind(f"{_V3}component/{_V3}section"), words, level + 1, subject)
    plain = [section, *(() if title is None else title.iter())]
    told = () if text is None else text.iter()
    if any(map(_revisions, plain)) or not all(map(_is_clear, told)):
        return Told(notice(words.unclear, "wait"), None, inner)
    heading = "" if title is None else tag(f"h{min(level, _DEEPEST_HEADING)}", _words(title))
    about = notice(subject, "wait") if subject else ""
    # The narrative's own element is told with its text, the others here.
    outer = [section.getparent(), section, title]
    absent = [one for each in outer if each is not None for one in notices(each, words)]
    return Told(join(heading, about, *absent), text, inner)


def notices(element: etree._Element, words: Words) -> list[Html]:
    """The words for an element that states that it is no value."""
    return [notice(words.absent(one), "wait") for one in _flavours(element)]


def _subject(section: etree._Element, words: Words) -> str:
    """The words for a section whose subject is not the patient, "" for one that names none."""
    found = section.find(f"{_V3}subject")
    if found is None:
        return ""
    code = found.find(f"{_V3}relatedSubject/{_V3}code")
    named = "" if code is None else code.get("displayName", "").strip() or code.get("code", "")
    return words.subject.format(who=named or "?")


def _flavours(element: etree._Element) -> list[str]:
    """The values of its attributes ``nullFlavor``, in any namespace."""
    return [str(value) for name, value in element.attrib.items() if _local(name) == _NULL_FLAVOR]


def _is_clear(element: etree._Element) -> bool:
    """Whether the element is no revision, or one of those that the standard knows, in its place."""
    named = _revisions(element)
    known = element.tag == f"{_V3}content" and element.get(_REVISED) in _REVISIONS
    return not named or (known and named == [_REVISED])


def _revisions(element: etree._Element) -> list[str]:
    """The attributes of that name, in any namespace."""
    return [str(name) for name in element.attrib if _local(name) == _REVISED]


def _local(name: object) -> str:
    return str(name).rpartition("}")[2]


def _words(element: etree._Element) -> str:
    return " ".join("".join(map(str, element.itertext())).split())


def _inside(element: etree._Element, words: Words) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        yield drawn(child, words)
        yield child.tail or ""


def absences(element: etree._Element, words: Words) -> list[Html]:
    """The same words within a text."""
    return [tag("small", f"[{words.absent(one)}] ") for one in _flavours(element)]


def local_name(element: etree._Element) -> str:
    """The element's name where it is one of HL7 v3; a name in another namespace stays whole."""
    return str(element.tag).removeprefix(_V3)


def drawn(element: etree._Element, words: Words) -> Html:
    """An element of a narrative with all that is inside."""
    local = local_name(element)
    absent = absences(element, words)
    children = chain(absent, _inside(element, words))
    if local == "br":
        return join(*absent, tag("br"))
    if local == "renderMultiMedia":
        return join(tag("small", words.image), *children)
    if local == "content":
        return _revised(element, _styled(element, children), words)
    if local in _CELLS:
        return tag(local, *children, **_spans(element))
    name = _name(element, local)
    return tag(name, *children) if name else join(*children)


def _name(element: etree._Element, local: str) -> str:
    """Our element for one of the document's that has no attribute; "" for text alone."""
    if local == "list":
        return "ol" if element.get("listType") == "ordered" else "ul"
    if local == "caption":
        parent = element.getparent()
        in_table = parent is not None and parent.tag == f"{_V3}table"
        return "caption" if in_table else "strong"
    return _TAGS.get(local, "")


def _styled(element: etree._Element, children: Iterable[str]) -> Html:
    content = join(*children)
    for style in element.get("styleCode", "").split():
        if style in _STYLES:
            content = tag(_STYLES[style], content)
    return content


def _revised(element: etree._Element, content: Html, words: Words) -> Html:
    """The words stand in brackets, since a screen reader does not tell where a struck text ends."""
    revision = element.get(_REVISED, "")
    if not revision:
        return content
    word = words.deleted if revision == "delete" else words.inserted
    return tag(_REVISIONS[revision], tag("small", f"[{word} "), content, tag("small", "]"))


def _spans(cell: etree._Element) -> dict[str, str]:
    spans = {name: cell.get(name, "") for name in ("colspan", "rowspan")}
    return {name: value for name, value in spans.items() if _SPAN.fullmatch(value)}
