"""A softcopy presentation state as a viewer applies it (PS3.3 A.33, PS3.4 N): windows, turns,
displayed areas, shutters, texts and graphics, each for the images that it names.

A state is read whole or refused whole: an element that changes the picture and is not in the tables
below is one that nobody applies.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.images.display_attributes import (
    VOI_LUT,
    is_present,
    items,
    printable,
    values,
)
from functions.drimbox.images.display_content import NotUnderstood
from functions.drimbox.images.display_graphics import known_items, note, tags_of, word
from functions.drimbox.images.display_tables import IN_TABLE, MODALITY_LUT, table_of

if TYPE_CHECKING:
    from functions.drimbox.images.dicom_json import Attributes
    from functions.drimbox.images.display_tables import Table

GREYSCALE: Final = "1.2.840.10008.5.1.4.1.1.11.1"
COLOUR: Final = "1.2.840.10008.5.1.4.1.1.11.2"
_MAX_ITEMS: Final = 500
_LABEL, _DESCRIPTION = 0x00700080, 0x00700081
_SERIES, _SERIES_UID, _IMAGES = 0x00081115, 0x0020000E, 0x00081140
_CLASS, _INSTANCE, _FRAMES = 0x00081150, 0x00081155, 0x00081160
_FLIP, _ROTATION = 0x00700041, 0x00700042
_VOI, _CENTER, _WIDTH, _FUNCTION = 0x00283110, 0x00281050, 0x00281051, 0x00281056
_WINDOW_NAME: Final = 0x00281055
_INTERCEPT, _SLOPE, _RESCALE_TYPE = 0x00281052, 0x00281053, 0x00281054
_SHAPE: Final = 0x20500020
_COLOUR_SPACE, _PROFILE = 0x00282002, 0x00282000
_AREA, _TOP_LEFT, _BOTTOM_RIGHT = 0x0070005A, 0x00700052, 0x00700053
_SIZE, _SPACING, _ASPECT, _MAGNIFICATION = 0x00700100, 0x00700101, 0x00700102, 0x00700103
_LAYERS, _LAYER, _ORDER = 0x00700060, 0x00700002, 0x00700062
_ANNOTATIONS, _TEXTS, _GRAPHICS = 0x00700001, 0x00700008, 0x00700009
_SHUTTER, _GREY = 0x00181600, 0x00181622
_EDGES: Final = (0x00181602, 0x00181604, 0x00181606, 0x00181608)
_CENTRE, _RADIUS, _VERTICES = 0x00181610, 0x00181612, 0x00181620
# Elements of these groups change the picture; those of the state's identity and the equipment do
# not. Overlays and curves stand in groups of their own.
_OF_A_PICTURE: Final = frozenset({0x0028, 0x0070, 0x2050})
_SHUTTERS: Final = range(0x00181600, 0x00181800)
_BITMAPS: Final = frozenset({*range(0x5000, 0x5100), *range(0x6000, 0x6100)})
# Elements of those groups that say nothing about the picture.
_SAYING: Final = frozenset({0x00280301, 0x00280303, *range(0x00700080, 0x00700088)})
_TOP: Final = frozenset(
    {
        *(_FLIP, _ROTATION, _VOI, _INTERCEPT, _SLOPE, _RESCALE_TYPE, _SHAPE, _COLOUR_SPACE),
        MODALITY_LUT,
        *(_PROFILE, _AREA, _LAYERS, _ANNOTATIONS, _SHUTTER, _GREY, *_EDGES, _CENTRE, _RADIUS),
        _VERTICES,
        *_SAYING,
    }
)
# Elements that mean grey levels.
_OF_GREY: Final = frozenset({MODALITY_LUT, _VOI, _INTERCEPT, _SLOPE})
_IN_IMAGE: Final = frozenset({_CLASS, _INSTANCE, _FRAMES})
_IN_SERIES: Final = frozenset({_SERIES_UID, _IMAGES, 0x00080054, 0x00880130, 0x00880140})
_IN_VOI: Final = frozenset({_IMAGES, _CENTER, _WIDTH, _WINDOW_NAME, _FUNCTION, VOI_LUT})
_IN_AREA: Final = frozenset(
    {_IMAGES, _TOP_LEFT, _BOTTOM_RIGHT, _SIZE, _SPACING, _ASPECT, _MAGNIFICATION}
)
_LAYER_COLOURS: Final = frozenset({0x00700066, 0x00700067, 0x00700068, 0x00700401})
_IN_LAYER: Final = frozenset({_LAYER, _ORDER, *_LAYER_COLOURS})
_IN_ANNOTATION: Final = frozenset({_IMAGES, _LAYER, _TEXTS, _GRAPHICS})
# The curve of a window, and the least width that it has here (PS3.3 C.11.2.1).
_FUNCTIONS: Final = {"LINEAR": 0, "LINEAR_EXACT": 0, "SIGMOID": 1}
_SIZES: Final = frozenset({"SCALE TO FIT", "TRUE SIZE", "MAGNIFY"})


def presentation_state(sop_class: str, root: Attributes) -> dict[str, Any]:
    """The state: ``label``, ``description``; ``images`` (SOP Instance UID to frame numbers, an
    empty list for all frames); ``rotation`` (0, 90, 180, 270, clockwise, before ``flip``);
    ``rescale`` (slope and intercept, None without); ``modality_table`` in its place; ``inverse``;
    and lists of ``windows`` (some have a ``table`` in place of ``center``, ``width`` and
    ``function``), ``areas``, ``shutters``, ``notes``. Where one of these has ``on``, it holds for
    those images alone. ``colour``: it is for colour images. Raises NotUnderstood.
    """
    colour = sop_class == COLOUR
    if sop_class not in {GREYSCALE, COLOUR}:
        raise NotUnderstood("state_class")
    _only_known(root)
    if colour and word(root, _COLOUR_SPACE) != "SRGB":
        raise NotUnderstood("state_colours")
    shape = word(root, _SHAPE)
    if shape not in ({""} if colour else {"IDENTITY", "INVERSE"}):
        raise NotUnderstood("presentation")
    if colour and not _OF_GREY.isdisjoint(tags_of(root)):
        raise NotUnderstood("state_element")
    return {
        "label": printable(word(root, _LABEL)),
        "description": printable(word(root, _DESCRIPTION)),
        "colour": colour,
        "images": _images(root),
        "rotation": _rotation(root),
        "flip": word(root, _FLIP) == "Y",
        "inverse": shape == "INVERSE",
        "rescale": _rescale(root),
        "modality_table": _modality_table(root),
        "windows": [_window(one) for one in known_items(root, _VOI, _IN_VOI, _MAX_ITEMS)],
        "areas": [_area(one) for one in known_items(root, _AREA, _IN_AREA, _MAX_ITEMS)],
        "shutters": _shutters(root),
        "notes": _notes(root),
    }


def _only_known(root: Attributes) -> None:
    for tag in tags_of(root):
        group = tag >> 16
        bitmap = group in _BITMAPS and not group % 2
        if bitmap or ((group in _OF_A_PICTURE or tag in _SHUTTERS) and tag not in _TOP):
            raise NotUnderstood("state_element")


def _numbers(item: Attributes, tag: int, count: int) -> list[float]:
    """So many finite numbers. NotUnderstood for anything else."""
    given = values(item, tag)
    fine = len(given) == count and all(
        isinstance(one, int | float) and math.isfinite(one) for one in given
    )
    if not fine:
        raise NotUnderstood("state_element")
    return given


def _images(root: Attributes) -> dict[str, list[int]]:
    named: dict[str, list[int]] = {}
    for series in known_items(root, _SERIES, _IN_SERIES, _MAX_ITEMS):
        for uid, frames in _referenced(series).items():
            _name(named, uid, frames)
    if not named:
        raise NotUnderstood("state_element")
    return named


def _referenced(item: Attributes) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    given = items(item, _IMAGES)
    if is_present(item, _IMAGES) and not given:
        raise NotUnderstood("state_element")
    for one in given:
        frames = values(one, _FRAMES)
        known = all(tag in _IN_IMAGE for tag in tags_of(one))
        if not known or not all(isinstance(frame, int) for frame in frames):
            raise NotUnderstood("state_element")
        _name(found, word(one, _INSTANCE), frames)
    return found


def _name(named: dict[str, list[int]], uid: str, frames: list[int]) -> None:
    """Name these frames of an object too; none stands for all of them."""
    known = named.get(uid, frames)
    named[uid] = sorted({*known, *frames}) if known and frames else []


def _on(item: Attributes) -> dict[str, Any]:
    named = _referenced(item)
    return {"on": named} if named else {}


def _rotation(root: Attributes) -> int:
    given = values(root, _ROTATION) or [0]
    if given[0] not in {0, 90, 180, 270} or word(root, _FLIP) not in {"", "Y", "N"}:
        raise NotUnderstood("state_element")
    return int(given[0])


def _rescale(root: Attributes) -> list[float] | None:
    if not any(is_present(root, tag) for tag in (_SLOPE, _INTERCEPT)):
        return None
    return [*_numbers(root, _SLOPE, 1), *_numbers(root, _INTERCEPT, 1)]


def _modality_table(root: Attributes) -> Table | None:
    if not is_present(root, MODALITY_LUT):
        return None
    if _rescale(root):
        raise NotUnderstood("modality_lut")
    return _table(root, MODALITY_LUT, 1)


def _table(item: Attributes, tag: int, most: int) -> Table:
    """The first of several tables is the one to apply."""
    table = table_of(known_items(item, tag, IN_TABLE, most)[0])
    if table is None:
        raise NotUnderstood("modality_lut" if tag == MODALITY_LUT else "voi_lut")
    return table


def _window(item: Attributes) -> dict[str, Any]:
    """The first of several windows is the one to apply, or the table where there is none."""
    if not values(item, _WIDTH) and is_present(item, VOI_LUT):
        return {"table": _table(item, VOI_LUT, _MAX_ITEMS), **_on(item)}
    count = len(values(item, _WIDTH)) or 1
    center, width = (_numbers(item, tag, count)[0] for tag in (_CENTER, _WIDTH))
    function = word(item, _FUNCTION) or "LINEAR"
    if width <= 0 or width < _FUNCTIONS.get(function, math.inf):
        raise NotUnderstood("state_element")
    return {"center": center, "width": width, "function": function, **_on(item)}


def _area(item: Attributes) -> dict[str, Any]:
    """``corners``: the first and the last column and row, from 1; ``aspect``: a pixel's height by
    its width, None where it is not told."""
    corners = [*_numbers(item, _TOP_LEFT, 2), *_numbers(item, _BOTTOM_RIGHT, 2)]
    size = word(item, _SIZE)
    if size not in _SIZES:
        raise NotUnderstood("state_element")
    aspect = None
    for tag in (_SPACING, _ASPECT):
        if values(item, tag):
            tall, wide = _numbers(item, tag, 2)
            if min(tall, wide) <= 0:
                raise NotUnderstood("state_element")
            aspect = tall / wide
    (factor,) = _numbers(item, _MAGNIFICATION, 1) if size == "MAGNIFY" else (None,)
    if factor is not None and factor <= 0:
        raise NotUnderstood("state_element")
    return {"corners": corners, "size": size, "aspect": aspect, "factor": factor, **_on(item)}


def _shutters(root: Attributes) -> list[dict[str, Any]]:
    """Each with its own numbers, in columns and rows from 1; ``grey`` from 0 to 255."""
    grey = values(root, _GREY) or [0]
    found: list[dict[str, Any]] = []
    for shape in values(root, _SHUTTER):
        if shape == "RECTANGULAR":
            edges = [_numbers(root, tag, 1)[0] for tag in _EDGES]
            found.append({"shape": "rectangle", "edges": edges})
        elif shape == "CIRCULAR":
            row, column = _numbers(root, _CENTRE, 2)
            (radius,) = _numbers(root, _RADIUS, 1)
            found.append({"shape": "circle", "centre": [column, row], "radius": radius})
        elif shape == "POLYGONAL":
            given = values(root, _VERTICES)
            points = _numbers(root, _VERTICES, max(6, len(given) // 2 * 2))
            corners = [[points[at + 1], points[at]] for at in range(0, len(points), 2)]
            found.append({"shape": "polygon", "points": corners})
        else:
            raise NotUnderstood("state_element")
    if not isinstance(grey[0], int):
        raise NotUnderstood("state_element")
    return [{**one, "grey": grey[0] >> 8} for one in found]


def _notes(root: Attributes) -> list[dict[str, Any]]:
    """Texts and graphics of each annotation, the lowest layer first."""
    orders: dict[str, int] = {}
    for layer in known_items(root, _LAYERS, _IN_LAYER, _MAX_ITEMS):
        orders[word(layer, _LAYER)] = int(_numbers(layer, _ORDER, 1)[0])
    found = []
    for one in known_items(root, _ANNOTATIONS, _IN_ANNOTATION, _MAX_ITEMS):
        layer_name = word(one, _LAYER)
        if layer_name not in orders:
            raise NotUnderstood("state_element")
        drawn = note(one, _TEXTS, _GRAPHICS)
        found.append((orders[layer_name], {**drawn, **_on(one)}))
    return [drawn for _, drawn in sorted(found, key=lambda each: each[0])]
