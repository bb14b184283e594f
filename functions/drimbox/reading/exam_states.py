"""The presentation states of an opened exam, by the places of the images that they name.

A state that does not agree with one of its images, for any of its elements, is refused whole.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from functions.drimbox.images.display import frame_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from functions.drimbox.images.display import Placed
    from functions.drimbox.images.display_attributes import Values

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
    parts = {
        name: [
            {**one, "on": _places(_named(one["on"], images))} if "on" in one else one
            for one in state[name]
        ]
        for name in _LISTS
    }
    kept = ("label", "description", "rotation", "flip", "inverse", "colour", "shutters")
    return {name: state[name] for name in kept} | {"images": _places(frames)} | parts


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
    for frame in frames:
        if state["colour"] != _is_colour(frame.attributes):
            return "state_colours"
        if not state["colour"] and frame.attributes.get("voi") == "SIGMOID":
            # A state's window is linear, and the image would be drawn along its own curve.
            return "presentation"
        if not state["colour"] and not _same_rescale(state["rescale"], frame.attributes):
            return "state_rescale"
    for area in state["areas"]:
        held = _named(area["on"], images) if "on" in area else frames
        if area["aspect"] and not all(_same_aspect(area["aspect"], one.attributes) for one in held):
            return "state_aspect"
    return ""


def _is_colour(of: Values) -> bool:
    return not str(of["photometric"]).startswith("MONOCHROME")


def _same_rescale(rescale: Sequence[float] | None, of: Values) -> bool:
    """A state without a rescaling means values that have none (PS3.4 N.2.1.1); those of a table are
    no stored values any more."""
    if {"modality_table", "voi_table"} & of.keys():
        return False
    slope, intercept = rescale or (1, 0)
    same = math.isclose(slope, of.get("slope", 1), rel_tol=1e-6)
    return same and math.isclose(intercept, of.get("intercept", 0), rel_tol=1e-6, abs_tol=1e-6)


def _same_aspect(aspect: float, of: Values) -> bool:
    tall, wide = of.get("spacing") or of.get("detector_spacing") or of.get("aspect") or (1, 1)
    return math.isclose(aspect, tall / wide, rel_tol=_SAME)
