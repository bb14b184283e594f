"""The content of a structured report as plain texts (PS3.3 C.17.3, PS3.16): a tree of names and
values, which a viewer writes as text alone.

A report is read whole or not at all: an item that is not understood may be the one that changes the
meaning of all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.images.display_attributes import is_present, items, seen, values

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.drimbox.images.dicom_json import Attributes

# Items of one report, and characters of one value.
MAX_ITEMS: Final = 5000
MAX_VALUE: Final = 20_000
_NAME, _CONTENT, _VALUE_TYPE = 0x0040A043, 0x0040A730, 0x0040A040
_REFERENCED_ITEM: Final = 0x0040DB73
_CODE, _SCHEME, _MEANING = 0x00080100, 0x00080102, 0x00080104
_LONG_CODE, _URN_CODE = 0x00080119, 0x00080120
_MEASURED, _NUMBER, _UNITS, _QUALIFIER = 0x0040A300, 0x0040A30A, 0x004008EA, 0x0040A301
_TEXT, _CONCEPT = 0x0040A160, 0x0040A168
_TIMES: Final = {"DATE": 0x0040A121, "TIME": 0x0040A122, "DATETIME": 0x0040A120}
_PERSON, _UID = 0x0040A123, 0x0040A124
_FLAGS: Final = {
    "completion": 0x0040A491,
    "verification": 0x0040A493,
    "preliminary": 0x0040A496,
}
_DATE: Final = 0x00080023
Node = dict[str, Any]


class NotUnderstood(ValueError):
    """An object beside the images cannot be shown right; the code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def structured_report(root: Attributes) -> Node:
    """The report of a whole object: ``kind`` "report", ``title``, ``date``, ``flags`` (completion,
    verification, preliminary, as DICOM names them), ``items``.

    An item has ``kind`` (the value type in small letters, or ``reference``), and, where it has
    them, ``name``, ``value``, ``items``; a number has ``unit``, ``qualifier``, or ``absent`` with
    its reason as the value. Raises NotUnderstood.
    """
    if _one(root, _VALUE_TYPE) != "CONTAINER":
        raise NotUnderstood("content")
    counter = _Counter()
    flags = {name: text for name, tag in _FLAGS.items() if (text := _one(root, tag))}
    return {
        "kind": "report",
        "title": _concept(root, _NAME),
        "date": _one(root, _DATE),
        "flags": flags,
        "items": [_item(one, counter) for one in _inner(root)],
    }


class _Counter:
    def __init__(self) -> None:
        self.left = MAX_ITEMS

    def take(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise NotUnderstood("size")


def _inner(item: Attributes) -> list[Attributes]:
    found = items(item, _CONTENT)
    if not found and is_present(item, _CONTENT):
        raise NotUnderstood("content")
    return list(found)


def _item(item: Attributes, counter: _Counter) -> Node:
    counter.take()
    if is_present(item, _REFERENCED_ITEM):
        return {"kind": "reference"}
    kind = _one(item, _VALUE_TYPE)
    read = _READ.get(kind)
    if read is None:
        raise NotUnderstood("content")
    inner = [_item(one, counter) for one in _inner(item)]
    node = {"kind": kind.lower(), "name": _concept(item, _NAME), **read(item), "items": inner}
    return {key: value for key, value in node.items() if value not in ("", [])}


def _one(item: Attributes, tag: int) -> str:
    """The first text of an element, "" without one."""
    given = values(item, tag)
    first = given[0] if given else ""
    return _shown(first) if isinstance(first, str) else ""


def _shown(text: str) -> str:
    """The text with its line ends and tabs, and without any other character that nobody sees."""
    if len(text) > MAX_VALUE:
        raise NotUnderstood("size")
    parts = text.replace("\r\n", "\n").split("\t")
    return "\t".join(seen(one, line_end="\n") for one in parts).strip()


def _concept(item: Attributes, tag: int) -> str:
    """The meaning of a coded name or value; its code where it has no meaning."""
    for code in items(item, tag)[:1]:
        return _one(code, _MEANING) or _code(code)
    if is_present(item, tag):
        raise NotUnderstood("content")
    return ""


def _code(code: Attributes) -> str:
    return next((text for tag in (_CODE, _LONG_CODE, _URN_CODE) if (text := _one(code, tag))), "")


def _needed(text: str) -> Node:
    """A value that says nothing, or that nobody could read, is no value."""
    if not text:
        raise NotUnderstood("content")
    return {"value": text}


def _measured(item: Attributes) -> Node:
    """Number and unit; where there is no number, the qualifier says why."""
    measured = items(item, _MEASURED)
    if not measured:
        if is_present(item, _MEASURED):
            raise NotUnderstood("content")
        return {"value": _concept(item, _QUALIFIER), "absent": True}
    given = values(measured[0], _NUMBER)
    if not given or not isinstance(given[0], int | float):
        raise NotUnderstood("content")
    unit = next(iter(items(measured[0], _UNITS)), {})
    name = _code(unit) if _one(unit, _SCHEME) == "UCUM" else _one(unit, _MEANING) or _code(unit)
    if not name:
        raise NotUnderstood("content")
    told = {"value": given[0], "unit": "" if name == "1" else name}
    qualifier = _concept(item, _QUALIFIER)
    return {**told, "qualifier": qualifier}


def _person(item: Attributes) -> Node:
    given = values(item, _PERSON)
    name = given[0] if given and isinstance(given[0], dict) else {}
    text = str(name.get("Alphabetic") or name.get("Ideographic") or "")
    return _needed(" ".join(_shown(text).replace("^", " ").split()))


def _nothing(_: Attributes) -> Node:
    return {}


_READ: Final[dict[str, Callable[[Attributes], Node]]] = {
    "CONTAINER": _nothing,
    "TEXT": lambda item: _needed(_one(item, _TEXT)),
    "NUM": _measured,
    "CODE": lambda item: _needed(_concept(item, _CONCEPT)),
    "DATE": lambda item: _needed(_one(item, _TIMES["DATE"])),
    "TIME": lambda item: _needed(_one(item, _TIMES["TIME"])),
    "DATETIME": lambda item: _needed(_one(item, _TIMES["DATETIME"])),
    "PNAME": _person,
    "UIDREF": lambda item: _needed(_one(item, _UID)),
    # Images, curves, regions and other objects are named, and not drawn.
    "IMAGE": _nothing,
    "COMPOSITE": _nothing,
    "WAVEFORM": _nothing,
    "SCOORD": _nothing,
    "SCOORD3D": _nothing,
    "TCOORD": _nothing,
}
