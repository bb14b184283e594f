"""The attributes with which a viewer draws an object, and the part of a series in the document of
an exam: where its frames stand, in display order, and how they are drawn.

Both are JSON. They hold no attribute of the patient, the study or a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.images.dicom_json import data_set_json, some_json
from functions.drimbox.images.display_attributes import (
    DISPLAYED,
    MASKS,
    Values,
    by_frame,
    has_groups,
    is_present,
    printable,
    read_alone,
    values,
    whole_object,
    with_windows,
)
from functions.drimbox.images.display_order import Frame, display_order
from functions.drimbox.images.display_palette import MAX_TABLE_BYTES, PALETTE, palette
from functions.drimbox.images.display_reasons import (
    AGAINST_DRAWING,
    LOSSY,
    frame_reason,
    is_grey,
    reason,
)
from functions.drimbox.images.display_tables import tables
from functions.drimbox.manifest.elements import Malformed
from functions.drimbox.study.sop_classes import content_type
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from functions.drimbox.images.dicom_json import Attributes, Known
    from functions.drimbox.images.frames import Frames
    from functions.drimbox.images.part10 import ObjectFacts
    from functions.drimbox.manifest.elements import Buffer

Display = dict[str, Any]
_MODALITY, _DESCRIPTION, _FRAME_COUNT = 0x00080060, 0x0008103E, 0x00280008
# The attributes of an object's root that its display is made from.
WANTED: Final = frozenset(
    {_MODALITY, _DESCRIPTION, _FRAME_COUNT, MASKS, *DISPLAYED, *PALETTE, *AGAINST_DRAWING}
)
# Attributes that a frame of several does not have of its object: each has its own, or none.
_OF_ONE_FRAME: Final = frozenset({"position"})


@frozen
class Placed:
    """An object's ``display``, and where it stands: ``frames`` from its own start, as
    ``frames.locate_frames`` gives them, its start at ``offset`` of the bytes number ``at``."""

    display: Display
    at: int
    offset: int
    frames: Frames | None


def display_of(data: Buffer, facts: ObjectFacts) -> Display:
    """The attributes with which a viewer draws the object in ``data`` (Explicit VR Little Endian,
    pixels compressed or not; it may end where the pixels begin).

    Always ``uid``, ``syntax``, ``number``, ``modality``, ``description``. An object that can be
    drawn has ``count`` (its frames), ``same`` (attributes of all frames) and ``each`` (attribute to
    its value in each frame); a document has ``document``, a presentation state ``state``, as
    ``display_beside`` gives them; any other has ``why``, the code of the reason.
    """
    try:
        root = attributes_of(data, facts)
    except Malformed:
        return {**_head(facts), "why": "unreadable"}
    return drawn(root, facts, data)


def attributes_of(
    data: Buffer,
    facts: ObjectFacts,
    also: frozenset[int] = frozenset(),
    known: Known | None = None,
) -> Attributes:
    """The attributes that :func:`drawn` needs of the object in ``data``, and those of ``also``, as
    DICOM JSON; ``known`` as in ``data_set_json``. Raises Malformed."""
    return data_set_json(
        data,
        facts.dataset_offset,
        binary=MAX_TABLE_BYTES,
        named=True,
        wanted=WANTED | also,
        known=known,
    )


def reread(
    values: Iterable[tuple[int, bytes, bytes]], character_set: bytes, known: Known | None = None
) -> Attributes:
    """Some of the :func:`attributes_of` an object: tag, VR and value as ``some_json`` takes
    them."""
    return some_json(values, character_set, binary=MAX_TABLE_BYTES, named=True, known=known)


def redrawn(
    before: Display, root: Attributes, facts: ObjectFacts, changed: Iterable[int]
) -> Display | None:
    """:func:`drawn` for an object whose attributes are those of the object of ``before``, but for
    the ``changed`` ones; None where these mean more than their own values."""
    if before.get("count") != 1 or before["each"] or has_groups(root):
        return None
    same = dict(before["same"])
    for tag in changed:
        read = read_alone(root, tag)
        if read is None or read[0] not in same:
            return None
        same[read[0]] = read[1]
    return {**before, **_named(facts), "same": same}


def _named(facts: ObjectFacts) -> Display:
    return {
        "uid": facts.sop_instance_uid,
        "syntax": facts.transfer_syntax,
        "number": facts.instance_number,
    }


def _head(facts: ObjectFacts) -> Display:
    return {**_named(facts), "modality": "", "description": ""}


def drawn(root: Attributes, facts: ObjectFacts, data: Buffer) -> Display:
    """:func:`display_of` for the :func:`attributes_of` the object."""
    found = _head(facts)
    for key, tag in (("modality", _MODALITY), ("description", _DESCRIPTION)):
        text = next(iter(values(root, tag)), "")
        found[key] = printable(text) if isinstance(text, str) else ""
    if content_type(facts.sop_class_uid) == "COMPOSITE":
        return found | _beside(facts, data)
    whole = _whole(root, facts.transfer_syntax)
    why = reason(facts.sop_class_uid, facts.transfer_syntax, root, whole)
    count = _count(values(root, _FRAME_COUNT))
    own = by_frame(root)
    if why is None and (count == 0 or (own and len(own) != count)):
        why = "frames"
    if why is None and count > 1 and is_grey(whole) and is_present(root, MASKS):
        # Loaded with the first film of vessels: most series have none.
        from functions.drimbox.images.display_masks import frame_masks, with_masks  # noqa: PLC0415

        own = with_masks(own, frame_masks(root, count))
    if why is not None:
        return {**found, "why": why}
    if count > 1:
        whole = {key: value for key, value in whole.items() if key not in _OF_ONE_FRAME}
    # Frames without attributes of their own share one dict: a film has a thousand.
    frames = [with_windows({**whole, **one}) for one in own] or [with_windows(whole)]
    why = next((code for one in frames if (code := frame_reason(facts.sop_class_uid, one))), None)
    if why is not None:
        return {**found, "why": why}
    same, each = split(frames)
    return {**found, "count": count, "same": same, "each": each}


def _whole(root: Attributes, syntax: str) -> Values:
    """The attributes that hold for every frame, with palette and tables."""
    whole = whole_object(root)
    if syntax in LOSSY:
        # Its attribute may have been forgotten by the program that compressed it.
        whole["lossy"] = True
    colours = palette(root) if whole.get("photometric") == "PALETTE COLOR" else None
    if colours is not None:
        whole["palette"] = colours
    # Of all frames: the tables that stand there are looked at now.
    whole.pop("tables_left", None)
    whole |= tables(root, whole)
    if "voi_table" in whole:
        whole.pop("voi_within", None)
    return whole


def _beside(facts: ObjectFacts, data: Buffer) -> Display:
    # Loaded with the first such object: most series have none.
    from functions.drimbox.images.display_beside import beside, most_binary  # noqa: PLC0415

    start = facts.dataset_offset
    try:
        # All its attributes: one that nobody looks at may change the meaning of the others.
        binary = most_binary(facts.sop_class_uid)
        root = data_set_json(data, start, binary=binary, named=True)
        found = beside(facts.sop_class_uid, root, data, start)
    except Malformed:
        return {"why": "unreadable"}
    return {"why": "class"} if found is None else found


def _count(given: list[Any]) -> int:
    """How many frames the object has; 0 when that cannot be told."""
    if not given:
        return 1
    return given[0] if isinstance(given[0], int) and given[0] > 0 else 0


def series_document(
    uid: str, placed: Iterable[Placed], keys: Collection[tuple[str, int | None]] = ()
) -> dict[str, Any]:
    """The series' part of the document of an exam, without the addresses of its bytes.

    ``keys``: the key images, each by SOP Instance UID and frame number, None for all frames.
    ``frames`` is in display order: number of the bytes, then ranges (offset and length of the only
    one, or one list for each fragment); ``keys`` names places in it; ``same`` and ``each`` as in
    :func:`display_of`. ``syntax`` is None when it differs from frame to frame: it is in ``each``
    then. When any object cannot be drawn, ``as`` is ``"dicom"``, ``why`` has the reason's code and
    no frame is named. A series of documents alone has ``as`` "documents" and lists ``documents``,
    each with the number of its bytes (``at``); one of presentation states has ``as`` "states".
    """
    objects = list(placed)
    head = {
        "uid": uid,
        "modality": next((one.display["modality"] for one in objects), ""),
        "description": next((one.display["description"] for one in objects), ""),
        "count": sum(one.display.get("count", 1) for one in objects),
    }
    nothing: dict[str, Any] = {"syntax": None, "frames": [], "keys": [], "same": {}, "each": {}}
    for kind in ("document", "state"):
        if objects and all(kind in one.display for one in objects):
            told = {"documents": _documents(objects)} if kind == "document" else {}
            return {**head, **nothing, "as": f"{kind}s", **told}
    why = next((code for one in objects if (code := _against(one))), None)
    if why is not None:
        return {**head, **nothing, "as": "dicom", "why": why}
    frames, in_space = display_order([one for each in objects for one in _frames(each)])
    same, each = split([frame.attributes for frame in frames])
    marked = frozenset(keys)
    return {
        **head,
        "syntax": same.pop("syntax", None),
        "frames": [frame.where for frame in frames],
        "keys": [
            place
            for place, frame in enumerate(frames)
            if not marked.isdisjoint(((frame.uid, frame.within), (frame.uid, None)))
        ],
        "same": same,
        "each": each,
        "in_space": in_space,
    }


def _documents(objects: Iterable[Placed]) -> list[dict[str, Any]]:
    """In the order of their numbers. A range is one of the bytes that hold the object."""
    found = []
    for one in sorted(objects, key=lambda one: (one.display["number"] or 0, one.display["uid"])):
        told = one.display["document"]
        if "range" in told:
            start, size = told["range"]
            told = {**told, "at": one.at, "range": [one.offset + start, size]}
        found.append({"uid": one.display["uid"], **told})
    return found


def frame_names(placed: Iterable[Placed]) -> list[tuple[str, int, Values]]:
    """SOP Instance UID, frame number and attributes of each frame that :func:`series_document`
    names, in its order; none where it names none."""
    objects = list(placed)
    if any(_against(one) for one in objects):
        return []
    frames, _ = display_order([one for each in objects for one in _frames(each)])
    return [(frame.uid, frame.within, frame.attributes) for frame in frames]


def first_frame(series: dict[str, Any]) -> int:
    """The frame of a series' document to show first: the first key image, else the middle of slices
    in space, else the first one."""
    if series["keys"]:
        return int(series["keys"][0])
    return len(series["frames"]) // 2 if series.get("in_space") else 0


def _against(one: Placed) -> str | None:
    if "count" not in one.display:
        # A document among images is told as the object that it is.
        return str(one.display.get("why", "class"))
    located = one.frames is not None and len(one.frames) == one.display["count"]
    return None if located else "frames"


def _frames(one: Placed) -> Iterable[Frame]:
    display = one.display
    for index, pieces in enumerate(one.frames or ()):
        attributes = {**display["same"], "syntax": display["syntax"]}
        for key, given in display["each"].items():
            if given[index] is not None:
                attributes[key] = given[index]
        if display["count"] > 1:
            attributes["frame"] = index + 1
        ranges = [[one.offset + pieces[at], pieces[at + 1]] for at in range(0, len(pieces), 2)]
        where = [one.at, *(ranges[0] if len(ranges) == 1 else ranges)]
        yield Frame(display["number"], display["uid"], index + 1, attributes, where)


def split(frames: Sequence[Values]) -> tuple[Values, Values]:
    """The attributes that all ``frames`` share, and those that do not: attribute to its value in
    each frame, None where a frame has none."""
    first = frames[0] if frames else {}
    if len(frames) == 1:
        return dict(first), {}
    names = dict.fromkeys(name for frame in frames for name in frame)
    same: Values = {}
    each: Values = {}
    for name in names:
        value = first.get(name)
        if all(frame.get(name) == value for frame in frames):
            same[name] = value
        else:
            each[name] = [frame.get(name) for frame in frames]
    return same, each
