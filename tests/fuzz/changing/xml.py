"""A change of one element, attribute or text of an XML document."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Final

from lxml import etree

# Values that readers forget.
_ODD: Final = (
    *("", " ", "0", "-1", "1.2.3", "1.2.250.1.213.1.4.10", "20261124", "202611241000+0100", "true"),
    *(
        "urn:oid:1.2",
        "urn:uuid:0",
        "NI",
        "UNK",
        "é",
        "\u2028",
        "\t\n",
        "a" * 300,
        "^^^&1.2&ISO",
        "#r",
    ),
)
_ATTRIBUTES: Final = (
    *("root", "extension", "code", "codeSystem", "value", "nullFlavor", "typeCode", "classCode"),
    *("id", "name", "status", "href", "{http://www.w3.org/2001/XMLSchema-instance}type"),
)


def change(text: bytes, chance: Random) -> bytes | None:
    """``text`` after one to three changes; None when it is no XML."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    for _ in range(chance.choice((1, 1, 2, 3))):
        elements = [one for one in root.iter() if isinstance(one.tag, str)]
        chance.choice(_CHANGES)(chance.choice(elements), elements, chance)
    return etree.tostring(root)


_Elements = list["etree._Element"]


def _remove(one: etree._Element, _: _Elements, chance: Random) -> None:
    parent = one.getparent()
    if parent is not None:
        parent.remove(one)


def _repeat(one: etree._Element, _: _Elements, chance: Random) -> None:
    """An element twice: beside itself, or within itself."""
    parent = one if chance.random() < 0.1 else one.getparent()
    if parent is not None:
        parent.insert(chance.randrange(len(parent) + 1), deepcopy(one))


def _move(one: etree._Element, elements: _Elements, chance: Random) -> None:
    """An element to another place, outside of itself."""
    place = chance.choice(elements)
    inside = {id(child) for child in one.iter()}
    if one.getparent() is not None and id(place) not in inside:
        place.insert(chance.randrange(len(place) + 1), one)


def _take(one: etree._Element, elements: _Elements, chance: Random) -> None:
    """An element's content from another one: its attributes, or its children."""
    other = chance.choice(elements)
    if chance.random() < 0.5:
        one.attrib.update(dict(other.attrib))
    else:
        one.extend([deepcopy(child) for child in list(other)[:3]])


def _rename(one: etree._Element, elements: _Elements, chance: Random) -> None:
    """An element's name from another one, or its own in another namespace."""
    local = etree.QName(one).localname
    names = (chance.choice(elements).tag, local, f"{{urn:hl7-org:v3}}{local}")
    one.tag = chance.choice(names)


def _attribute(one: etree._Element, elements: _Elements, chance: Random) -> None:
    """An attribute goes, or gets a value of another place, or an odd one."""
    name = chance.choice([*map(str, one.attrib), chance.choice(_ATTRIBUTES)])
    values = [str(value) for value in chance.choice(elements).attrib.values()]
    if chance.random() < 0.25:
        one.attrib.pop(name, "")
    else:
        one.set(name, chance.choice([*values, chance.choice(_ODD)]))


def _text(one: etree._Element, elements: _Elements, chance: Random) -> None:
    """The text of an element: odd, of another one, or split by a comment."""
    if chance.random() < 0.2:
        comment = etree.Comment("x")
        comment.tail = one.text
        one.insert(0, comment)
    else:
        one.text = chance.choice((chance.choice(_ODD), chance.choice(elements).text, None))


_CHANGES: Final = (_remove, _repeat, _move, _take, _rename, _attribute, _attribute, _text)
