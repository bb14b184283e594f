"""The texts and graphics of a presentation state's annotation (PS3.3 C.10.5)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.images.display_attributes import is_present, items, values
from functions.drimbox.images.display_content import NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Collection

    from functions.drimbox.images.dicom_json import Attributes

# Objects of one annotation, points of one graphic, characters of one text.
MAX_OBJECTS: Final = 1000
MAX_POINTS: Final = 5000
MAX_TEXT: Final = 1000
_UNITS: Final = frozenset({"PIXEL", "DISPLAY"})
_BOX_UNITS, _ANCHOR_UNITS, _GRAPHIC_UNITS = 0x00700003, 0x00700004, 0x00700005
_TEXT, _TOP_LEFT, _BOTTOM_RIGHT = 0x00700006, 0x00700010, 0x00700011
_JUSTIFIED, _ANCHOR, _VISIBLE = 0x00700012, 0x00700014, 0x00700015
_DIMENSIONS, _COUNT, _DATA = 0x00700020, 0x00700021, 0x00700022
_TYPE, _FILLED = 0x00700023, 0x00700024
# Styles of texts and lines, groups and names: how, and not which.
_STYLES: Final = frozenset({0x00700226, 0x00700231, 0x00700232, 0x00700295, 0x0040A043})
_IN_TEXT: Final = _STYLES | {
    *(_BOX_UNITS, _ANCHOR_UNITS, _TEXT, _TOP_LEFT, _BOTTOM_RIGHT, _JUSTIFIED, _ANCHOR, _VISIBLE),
}
_IN_GRAPHIC: Final = _STYLES | {_GRAPHIC_UNITS, _DIMENSIONS, _COUNT, _DATA, _TYPE, _FILLED}
# The fewest points of each kind, and the most.
_POINTS: Final = {
    "POINT": (1, 1),
    "POLYLINE": (2, MAX_POINTS),
    "INTERPOLATED": (2, MAX_POINTS),
    "CIRCLE": (2, 2),
    "ELLIPSE": (4, 4),
}
_SIDES: Final = frozenset({"", "LEFT", "CENTER", "RIGHT"})


def tags_of(item: Attributes) -> list[int]:
    """The tags of an item's elements, the private ones left out."""
    tags = [int(tag, 16) for tag in item]
    return [tag for tag in tags if not tag >> 16 & 1]


def note(annotation: Attributes, texts: int, graphics: int) -> dict[str, Any]:
    """``texts`` and ``graphics`` of the annotation, from its sequences of these tags.

    Points are columns and rows, 0 being the picture's edge; with ``of_area`` they are parts of the
    displayed area. Raises NotUnderstood.
    """
    return {
        "texts": [_text(one) for one in known_items(annotation, texts, _IN_TEXT, MAX_OBJECTS)],
        "graphics": [
            _graphic(one) for one in known_items(annotation, graphics, _IN_GRAPHIC, MAX_OBJECTS)
        ],
    }


def known_items(item: Attributes, tag: int, known: Collection[int], most: int) -> list[Attributes]:
    """The items of a sequence, none where it is absent. NotUnderstood for one that cannot be read,
    for more than ``most`` items, and for an element that is not in ``known``."""
    found = items(item, tag)
    unread = is_present(item, tag) and not found
    if unread or len(found) > most:
        raise NotUnderstood("state_element")
    if any(one not in known for inner in found for one in tags_of(inner)):
        raise NotUnderstood("state_element")
    return list(found)


def word(item: Attributes, tag: int) -> str:
    """The first text of an element, "" without one."""
    given = values(item, tag)
    return given[0] if given and isinstance(given[0], str) else ""


def _units(item: Attributes, tag: int) -> bool:
    """Whether the points are parts of the displayed area."""
    found = word(item, tag)
    if found not in _UNITS:
        raise NotUnderstood("state_element")
    return found == "DISPLAY"


def _points(item: Attributes, tag: int) -> list[list[float]]:
    given = values(item, tag)
    fine = not len(given) % 2 and all(
        isinstance(one, int | float) and math.isfinite(one) for one in given
    )
    if not fine:
        raise NotUnderstood("state_element")
    return [[given[at], given[at + 1]] for at in range(0, len(given), 2)]


def _text(item: Attributes) -> dict[str, Any]:
    lines = [" ".join(line.split()) for line in word(item, _TEXT).splitlines()]
    shown = "\n".join("".join(one for one in line if one.isprintable()) for line in lines)
    side = word(item, _JUSTIFIED)
    if not shown.strip() or len(shown) > MAX_TEXT or side not in _SIDES:
        raise NotUnderstood("state_element")
    found: dict[str, Any] = {"text": shown, "side": side.lower() or "left"}
    box = [*_points(item, _TOP_LEFT), *_points(item, _BOTTOM_RIGHT)]
    if len(box) == 2:
        found |= {"box": box, "box_of_area": _units(item, _BOX_UNITS)}
    anchor = _points(item, _ANCHOR)
    if len(anchor) == 1:
        of_area = _units(item, _ANCHOR_UNITS)
        visible = word(item, _VISIBLE) == "Y"
        found |= {"anchor": anchor[0], "anchor_of_area": of_area, "visible": visible}
    if not {"box", "anchor"} & found.keys():
        raise NotUnderstood("state_element")
    return found


def _graphic(item: Attributes) -> dict[str, Any]:
    kind, points = word(item, _TYPE), _points(item, _DATA)
    fewest, most = _POINTS.get(kind, (1, 0))
    filled = word(item, _FILLED)
    if not fewest <= len(points) <= most or values(item, _DIMENSIONS) != [2]:
        raise NotUnderstood("state_element")
    if values(item, _COUNT) != [len(points)] or filled not in {"", "Y", "N"}:
        raise NotUnderstood("state_element")
    return {
        "type": kind.lower(),
        "points": points,
        "of_area": _units(item, _GRAPHIC_UNITS),
        "filled": filled == "Y",
    }
