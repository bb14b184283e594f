"""The attributes of an object that its display needs (PS3.3 C.7.6, C.8, C.11), from its DICOM JSON.

An allow-list: geometry, pixels, windows, technique, laterality. No attribute of the patient, the
study or a person is in it. A value of another kind than expected is an absent one; where its
absence would draw other values, ``unread`` names it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from functions.drimbox.images.dicom_json import Attributes

Values = dict[str, Any]
# The longest text that a corner of a view shows.
MAX_TEXT: Final = 64
MAX_VALUES: Final = 32
_LINE_ENDS: Final = frozenset("\n\r\v\f\x85\u2028\u2029")


def _number(values: list[Any]) -> float | None:
    first = values[0]
    return first if isinstance(first, int | float) and math.isfinite(first) else None


def _integer(values: list[Any]) -> int | None:
    return values[0] if isinstance(values[0], int) else None


def _numbers(values: list[Any]) -> list[float] | None:
    some = values[:MAX_VALUES]
    return some if all(_number([one]) is not None for one in some) else None


def _several(count: int) -> Callable[[list[Any]], list[float] | None]:
    return lambda values: _numbers(values) if len(values) == count else None


def _text(values: list[Any]) -> str | None:
    return printable(values[0]) if isinstance(values[0], str) else None


def _texts(values: list[Any]) -> list[str]:
    return [printable(one) if isinstance(one, str) else "" for one in values[:MAX_VALUES]]


def _uid(values: list[Any]) -> str | None:
    text = _text(values)
    return text if text and not text.strip("0123456789.") else None


def _yes(values: list[Any]) -> bool:
    return values[0] in {"YES", "01"}


def _present(_: list[Any]) -> bool:
    return True


def _raw(values: list[Any]) -> bool | None:
    """True for an image that a machine is to process before anybody reads it (PS3.3 C.8.11.1)."""
    return True if values[0] == "FOR PROCESSING" else None


def printable(text: str) -> str:
    """The text's first characters on one line, those that nobody sees left out."""
    if not text.isprintable():
        text = seen(text)
    return text[:MAX_TEXT].strip()


def seen(text: str, line_end: str = " ") -> str:
    """The text without the characters that nobody sees. Each end of a line becomes ``line_end``,
    any other kind of space (U+00A0, U+202F) a plain one: no two words become one."""

    def shown(one: str) -> str:
        if one.isprintable():
            return one
        return line_end if one in _LINE_ENDS else " " * one.isspace()

    return "".join(map(shown, text))


class _Attribute(NamedTuple):
    key: str
    read: Callable[[list[Any]], Any]


# By the name that DICOM JSON gives a tag: eight hexadecimal digits.
_Table = dict[str, _Attribute]


def _table(*tables: dict[int, _Attribute]) -> _Table:
    return {f"{tag:08X}": attribute for one in tables for tag, attribute in one.items()}


_POSITION: Final = {
    0x00200032: _Attribute("position", _several(3)),
}
_ORIENTATION: Final = {
    0x00200037: _Attribute("orientation", _several(6)),
}
_MEASURES: Final = {
    0x00280030: _Attribute("spacing", _several(2)),
    0x00180050: _Attribute("thickness", _number),
    0x00180088: _Attribute("gap", _number),
}
_RESCALE: Final = {
    0x00281052: _Attribute("intercept", _number),
    0x00281053: _Attribute("slope", _number),
    0x00281054: _Attribute("units", _text),
}
# An unread one of these is no absent one: the pixels mean nothing without it.
_MEANING_OF_PIXELS: Final = frozenset({"intercept", "slope"})
_WINDOWS: Final = {
    0x00281050: _Attribute("centers", _numbers),
    0x00281051: _Attribute("widths", _numbers),
    0x00281055: _Attribute("names", _texts),
    0x00281056: _Attribute("voi", _text),
}
_PIXELS: Final = {
    0x00280002: _Attribute("samples", _integer),
    0x00280004: _Attribute("photometric", _text),
    0x00280006: _Attribute("planar", _integer),
    0x00280010: _Attribute("rows", _integer),
    0x00280011: _Attribute("columns", _integer),
    0x00280034: _Attribute("aspect", _several(2)),
    0x00280100: _Attribute("allocated", _integer),
    0x00280101: _Attribute("bits", _integer),
    0x00280102: _Attribute("high", _integer),
    0x00280103: _Attribute("signed", _integer),
    0x00280120: _Attribute("padding", _integer),
    0x00280121: _Attribute("padding_limit", _integer),
    0x00280301: _Attribute("burned", _yes),
    0x00282110: _Attribute("lossy", _yes),
    0x00282112: _Attribute("ratio", _numbers),
    0x20500020: _Attribute("shape", _text),
    0x00181600: _Attribute("shutter", _present),
}
_PLACE: Final = {
    0x00080008: _Attribute("type", _texts),
    0x00080068: _Attribute("raw", _raw),
    0x00180015: _Attribute("body_part", _text),
    0x00181114: _Attribute("magnification", _number),
    0x00181164: _Attribute("detector_spacing", _several(2)),
    0x00182010: _Attribute("scanned_spacing", _several(2)),
    0x00185100: _Attribute("patient_position", _text),
    0x00185101: _Attribute("view", _text),
    0x00281090: _Attribute("viewing", _text),
    0x00200013: _Attribute("number", _integer),
    0x00200012: _Attribute("acquisition", _integer),
    0x00200020: _Attribute("directions", _texts),
    0x00200052: _Attribute("space", _uid),
    0x00200060: _Attribute("laterality", _text),
    0x00200062: _Attribute("image_laterality", _text),
    0x00280A02: _Attribute("calibration", _text),
}
_CINE: Final = {
    0x00082144: _Attribute("rate", _number),
    0x00180040: _Attribute("cine_rate", _number),
    0x00181063: _Attribute("frame_time", _number),
}
_TECHNIQUE: Final = {
    0x00080070: _Attribute("maker", _text),
    0x00081090: _Attribute("device", _text),
    0x00180010: _Attribute("contrast", _text),
    0x00180024: _Attribute("sequence", _text),
    0x00180060: _Attribute("kv", _number),
    0x00180080: _Attribute("repetition", _number),
    0x00180081: _Attribute("echo", _number),
    0x00180082: _Attribute("inversion", _number),
    0x00180087: _Attribute("field", _number),
    0x00181030: _Attribute("protocol", _text),
    0x00181151: _Attribute("ma", _integer),
    0x00181152: _Attribute("mas", _integer),
    0x001811A0: _Attribute("body_thickness", _number),
    0x001811A2: _Attribute("force", _number),
    0x00181210: _Attribute("kernel", _text),
    0x00181314: _Attribute("flip", _number),
    0x00541001: _Attribute("quantity", _text),
}
_TOP: Final = _table(
    _PIXELS,
    _PLACE,
    _CINE,
    _TECHNIQUE,
    _POSITION,
    _ORIENTATION,
    _MEASURES,
    _RESCALE,
    _WINDOWS,
)
FRAME_VOI, VOI_LUT, MASKS = 0x00289132, 0x00283010, 0x00286100
# Attributes that no other one is read or judged by, as long as they are there.
_ALONE: Final = _table(
    _POSITION,
    {tag: _PLACE[tag] for tag in (0x00200012, 0x00200013)},
    _CINE,
    _TECHNIQUE,
)
# The macros of functional groups (PS3.3 C.7.6.16.2) that a display obeys: sequence to attributes.
_GROUPS: Final = {
    0x00209071: _table({0x00209072: _Attribute("image_laterality", _text)}),
    0x00209113: _table(_POSITION),
    0x00209116: _table(_ORIENTATION),
    0x00289110: _table(_MEASURES),
    FRAME_VOI: _table(_WINDOWS),
    0x00289145: _table(_RESCALE),
    0x00189472: _table({0x00181600: _Attribute("shutter", _present)}),
}
_SHARED, _PER_FRAME = 0x52009229, 0x52009230
_OVERLAY_ROWS: Final = frozenset(f"60{group:02X}0010" for group in range(0, 0x20, 2))
_VIEW_CODE, _MEANING = 0x00540220, 0x00080104
_REGIONS: Final = 0x00186011
_REGION: Final = _table(
    {
        0x00186012: _Attribute("format", _integer),
        0x00186014: _Attribute("kind", _integer),
        0x00186018: _Attribute("x0", _integer),
        0x0018601A: _Attribute("y0", _integer),
        0x0018601C: _Attribute("x1", _integer),
        0x0018601E: _Attribute("y1", _integer),
        0x00186024: _Attribute("x_unit", _integer),
        0x00186026: _Attribute("y_unit", _integer),
        0x0018602C: _Attribute("dx", _number),
        0x0018602E: _Attribute("dy", _number),
    }
)
# The attributes of an object's root from which everything here is read.
DISPLAYED: Final = frozenset(
    {*(int(one, 16) for one in (*_TOP, *_OVERLAY_ROWS))}
    | {_SHARED, _PER_FRAME, _VIEW_CODE, _REGIONS}
)


def items(root: Attributes, tag: int) -> Sequence[Attributes]:
    """The items of a sequence, none when it is absent or no sequence."""
    element = root.get(f"{tag:08X}", {})
    return element.get("Value", ()) if element.get("vr") == "SQ" else ()


def is_present(root: Attributes, tag: int) -> bool:
    """True unless the sequence is absent or empty: also when its VR is no SQ, and nobody read it
    (a file that was Implicit VR once may have UN)."""
    element = root.get(f"{tag:08X}", {"vr": "SQ"})
    return element.get("vr") != "SQ" or bool(element.get("Value"))


def values(root: Attributes, tag: int) -> list[Any]:
    """The values of an element, none when it is absent, empty or a sequence."""
    element = root.get(f"{tag:08X}", {})
    return [] if element.get("vr") == "SQ" else element.get("Value", [])


def _read(root: Attributes, table: _Table) -> Values:
    found: Values = {}
    for name, element in root.items():
        attribute = table.get(name)
        given = element.get("Value")
        if attribute is None or not given or element["vr"] == "SQ":
            continue
        read = attribute.read(given)
        if read not in (None, "", []):
            found[attribute.key] = read
        elif attribute.key in _MEANING_OF_PIXELS:
            found["unread"] = attribute.key
    return found


def whole_object(root: Attributes) -> Values:
    """The attributes that hold for every frame of the object, unless a frame has its own."""
    found = _read(root, _TOP)
    for shared in items(root, _SHARED)[:1]:
        found |= _grouped(shared)
    view = [
        _text(given) for item in items(root, _VIEW_CODE)[:1] if (given := values(item, _MEANING))
    ]
    regions = [_read(item, _REGION) for item in items(root, _REGIONS)[:MAX_VALUES]]
    overlays = len(_OVERLAY_ROWS & root.keys())
    more = {"view_name": next(iter(view), None), "regions": regions, "overlays": overlays}
    return {**found, **{key: value for key, value in more.items() if value}}


def shared_items(root: Attributes, group: int) -> Sequence[Attributes]:
    """The items of the functional group that all frames share, none when there is none."""
    return [item for shared in items(root, _SHARED)[:1] for item in items(shared, group)]


def has_group(root: Attributes, group: int) -> bool:
    """Whether the object, or any frame of it, has that functional group."""
    groups = [one for tag in (_SHARED, _PER_FRAME) for one in items(root, tag)]
    return any(is_present(one, group) for one in groups)


def read_alone(root: Attributes, tag: int) -> tuple[str, Any] | None:
    """The key and the value of an attribute that nothing else depends on; None for another one, and
    where it has no value that can be read."""
    attribute, given = _ALONE.get(f"{tag:08X}"), values(root, tag)
    read = attribute.read(given) if attribute and given else None
    return None if attribute is None or read in (None, "", []) else (attribute.key, read)


def has_groups(root: Attributes) -> bool:
    """True when functional groups are there, as read or not."""
    return any(is_present(root, tag) for tag in (_SHARED, _PER_FRAME))


def has_unread_groups(root: Attributes) -> bool:
    """True when functional groups, or one of those that a display obeys, are there and no
    sequence."""

    def unread(level: Attributes, tags: Iterable[int]) -> bool:
        return any(is_present(level, tag) and not items(level, tag) for tag in tags)

    outer = (_SHARED, _PER_FRAME)
    groups = [group for tag in outer for group in items(root, tag)]
    return unread(root, outer) or any(unread(group, _GROUPS) for group in groups)


def by_frame(root: Attributes) -> list[Values]:
    """The attributes that each frame has for itself, none when the object has no such groups."""
    return [_grouped(one) for one in items(root, _PER_FRAME)]


def _grouped(group: Attributes) -> Values:
    """``voi_within``: a contrast table stands there and no window (PS3.3 C.7.6.16.2.10b);
    ``tables_left``: one beside a window."""
    found: Values = {}
    for sequence, table in _GROUPS.items():
        for item in items(group, sequence)[:1]:
            read = _read(item, table)
            found |= read
            if is_present(item, VOI_LUT):
                found["tables_left" if has_window(read) else "voi_within"] = True
    return found


def has_window(read: Values) -> bool:
    """Whether a window is among these attributes: one of a positive width."""
    return any(width > 0 for _, width in _windows(read))


def _windows(read: Values) -> Iterable[tuple[float, float]]:
    return zip(read.get("centers", ()), read.get("widths", ()), strict=False)


def with_windows(frame: Values) -> Values:
    """``frame`` with its windows as ``[[center, width, name]…]``: those with a positive width."""
    rest = {key: one for key, one in frame.items() if key not in {"centers", "widths", "names"}}
    names = frame.get("names", ())
    windows = [
        [center, width, names[number] if number < len(names) else ""]
        for number, (center, width) in enumerate(_windows(frame))
        if width > 0
    ]
    return {**rest, "windows": windows} if windows else rest
