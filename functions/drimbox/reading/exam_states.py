"""The presentation states of an opened exam, by the places of the images that they name.

A state that does not agree with one of its images, for any of its elements, is refused whole.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from functions.drimbox.images.display import frame_names
from functions.drimbox.images.display_reasons import SIDES
from functions.drimbox.images.display_tables import modality_ends, placed_table, stored_ends

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from functions.drimbox.images.display import Placed
    from functions.drimbox.images.display_attributes import Values
    from functions.drimbox.images.display_tables import Ends, Table

# States of one exam that a viewer offers.
MOST: Final = 100
_LISTS: Final = ("windows", "areas", "notes")
# Two ratios of a pixel's sides that differ less than this are the same, rounded.
_SAME: Final = 0.01


class _Frame(NamedTuple):
    series: int
    place: int
    number: int
    attributes: Values


Images = dict[str, list[_Frame]]


def exam_states(series: Sequence[Sequence[Placed]]) -> list[dict[str, Any]]:
    """The states among these series, in their order: as ``display_state`` gives them, with
    ``series``, the place of their own one, ``uid``, and with images by places: series to places.

    One that is not applied has ``series``, ``uid``, ``label`` and ``why``, the reason's code.
    """
    # A series that came in part may hold no state yet, and no image.
    found = [
        (number, one.display["uid"], one.display["state"])
        for number, objects in enumerate(series)
        for one in sorted(objects, key=lambda one: (one.display["number"] or 0, one.display["uid"]))
        if "state" in one.display
    ]
    images = _images(series) if found else {}
    return [
        {"series": number, "uid": uid, **_resolved(state, images)}
        for number, uid, state in found[:MOST]
    ]


def _images(series: Iterable[Sequence[Placed]]) -> Images:
    found: Images = {}
    for number, objects in enumerate(series):
        for place, (uid, within, attributes) in enumerate(frame_names(objects)):
            found.setdefault(uid, []).append(_Frame(number, place, within, attributes))
    return found


def _resolved(state: Mapping[str, Any], images: Images) -> dict[str, Any]:
    if "why" in state:
        return {"label": "", "why": state["why"]}
    frames = _named(state["images"], images)
    why = _against(state, frames, images)
    if why:
        return {"label": state["label"], "why": why}
    tables = _placed(state, frames, images)
    if tables is None:
        return {"label": state["label"], "why": "state_table"}
    parts = {
        name: [
            {**one, "on": _places(_named(one["on"], images))} if "on" in one else one
            for one in {**state, **tables}[name]
        ]
        for name in _LISTS
    }
    kept = ("label", "description", "rotation", "flip", "inverse", "colour", "shutters")
    told = {name: state[name] for name in kept} | {"images": _places(frames)} | parts
    # The table that an image has itself is one that its pixels went through already.
    new = tables["modality_table"] and "modality_table" not in frames[0].attributes
    return told | ({"modality_table": tables["modality_table"]} if new else {})


def _placed(
    state: Mapping[str, Any], frames: Sequence[_Frame], images: Images
) -> dict[str, Any] | None:
    """``modality_table`` and ``windows`` of the state, each table beside the values of its images;
    None when one has an entry for none of them."""
    modality: Table | None = state["modality_table"]
    if modality is not None:
        modality = placed_table(modality, _joined(stored_ends(one.attributes) for one in frames))
        if modality is None:
            return None
    windows = []
    for one in state["windows"]:
        held = _named(one["on"], images) if "on" in one else frames
        if "table" not in one or not held:
            windows.append(one)
            continue
        given = {} if modality is None else {"modality_table": modality}
        ends = _joined(modality_ends({**frame.attributes, **given}) for frame in held)
        table = placed_table(one["table"], ends)
        if table is None:
            return None
        windows.append({**one, "table": table})
    return {"modality_table": modality, "windows": windows}


def _joined(ends: Iterable[Ends]) -> Ends:
    lows, highs = zip(*ends, strict=True)
    return min(lows), max(highs)


def _named(named: Mapping[str, Sequence[int]], images: Images) -> list[_Frame]:
    return [
        frame
        for uid, numbers in named.items()
        for frame in images.get(uid, ())
        if not numbers or frame.number in numbers
    ]


def _places(frames: Iterable[_Frame]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for frame in frames:
        found.setdefault(str(frame.series), []).append(frame.place)
    return {series: sorted(places) for series, places in found.items()}


def _against(state: Mapping[str, Any], frames: Sequence[_Frame], images: Images) -> str:
    """The code of the reason against applying the state, "" without one."""
    if not frames:
        return "state_images"
    if state["modality_table"] and len({"modality_table" in one.attributes for one in frames}) > 1:
        return "state_rescale"
    for frame in frames:
        if state["colour"] != _is_colour(frame.attributes):
            return "state_colours"
        if not state["colour"] and not _same_values(state, frame.attributes):
            return "state_rescale"
    for area in state["areas"]:
        held = _named(area["on"], images) if "on" in area else frames
        if area["aspect"] and not all(_same_aspect(area["aspect"], one.attributes) for one in held):
            return "state_aspect"
    return ""


def _is_colour(of: Values) -> bool:
    return not str(of["photometric"]).startswith("MONOCHROME")


def _same_values(state: Mapping[str, Any], of: Values) -> bool:
    """Whether the state means the image's own values of its modality: by the same table, or by the
    same rescaling. A state without either means values that have none (PS3.4 N.2.1.1). A table that
    the image does not have is one for its stored values."""
    table, own = state["modality_table"], of.get("modality_table")
    if table is not None:
        rescaled = {"slope", "intercept"} & of.keys()
        return _same_table(table, own) if own else not rescaled
    if own:
        return False
    slope, intercept = state["rescale"] or (1, 0)
    same = math.isclose(slope, of.get("slope", 1), rel_tol=1e-6)
    return same and math.isclose(intercept, of.get("intercept", 0), rel_tol=1e-6, abs_tol=1e-6)


def _same_table(table: Table, own: Table) -> bool:
    """Whether both have the same entries from the same 16 bits on."""
    same = all(table[name] == own[name] for name in ("bits", "table"))
    return bool(same and (table["first"] - own["first"]) % 0x10000 == 0)


def _same_aspect(aspect: float, of: Values) -> bool:
    tall, wide = next((of[name] for name in SIDES if name in of), (1, 1))
    return math.isclose(aspect, tall / wide, rel_tol=_SAME)
