"""The conclusion of a structured report, as one sentence to stand in a list.

A sentence alone lacks its warnings. So only a plain conclusion has one: a section of the patient
(no ``subject``), with a value (no ``nullFlavor``), unrevised, and of words alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.report.cda_body import Sections
from functions.drimbox.report.cda_xml import V3

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from functions.drimbox.report.cda_body import Body

# LOINC: "Radiology impression" (CI-SIS IMG-CR-IMG) and the former "Conclusions".
CODES: Final = frozenset({"19005-8", "55110-1"})
LOINC: Final = "2.16.840.1.113883.6.1"
LONGEST: Final = 160
_TELLING: Final = frozenset({"nullFlavor", "revised"})
_NO_WORDS: Final = frozenset({"renderMultiMedia", "table", "footnote", "footnoteRef"})
_BREAKS: Final = frozenset({"paragraph", "item", "list", "br"})


def conclusion(body: Body) -> str:
    """The first part of the conclusion, at most 160 characters; "" where the report has none, or
    several (one for each exam), or one that cannot stand alone.
    """
    if not isinstance(body, Sections):
        return ""
    found = [one for outer in body.elements for one in outer.iter(_name("section")) if _is(one)]
    if len(found) != 1 or not all(map(_is_plain, _within(found[0]))):
        return ""
    text = found[0].find(_name("text"))
    return "" if text is None else _shortened(next(_parts(text), ""))


def _is(section: etree._Element) -> bool:
    code = section.find(_name("code"))
    return code is not None and code.get("code") in CODES and code.get("codeSystem") == LOINC


def _within(section: etree._Element) -> Iterator[etree._Element]:
    """The section, all in it, and the elements that it stands in."""
    yield from section.iterancestors(_name("section"), _name("component"))
    yield from section.iter()


def _is_plain(element: etree._Element) -> bool:
    local = str(element.tag).rpartition("}")[2]
    names = {str(name).rpartition("}")[2] for name in element.attrib}
    about_other = element.tag == _name("section") and element.find(_name("subject")) is not None
    return not about_other and local not in _NO_WORDS and not names & _TELLING


def _parts(text: etree._Element) -> Iterator[str]:
    """The lines of a narrative that have words."""
    lines = [""]
    for event, words in _words(text):
        if event:
            lines.append("")
        lines[-1] += words
    yield from filter(None, (" ".join(line.split()) for line in lines))


def _words(element: etree._Element) -> Iterator[tuple[bool, str]]:
    """(whether a line begins, words), in the document's order."""
    yield False, element.text or ""
    for child in element:
        breaks = str(child.tag).rpartition("}")[2] in _BREAKS
        yield breaks, ""
        yield from _words(child)
        yield breaks, child.tail or ""


def _shortened(line: str) -> str:
    """The line, cut after a word where it is too long."""
    if len(line) <= LONGEST:
        return line
    return line[: LONGEST - 1].rpartition(" ")[0] + "…" if " " in line[:LONGEST] else ""


def _name(local: str) -> str:
    return f"{{{V3}}}{local}"
