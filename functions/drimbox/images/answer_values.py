"""Values of the DICOM JSON model (PS3.18 F.2), as archives write them.

Descriptions are read leniently. Identifiers and counts are not: one that we do not understand could
hide an object, so the whole answer is not used.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.errors import Held, PacsAnswerUnusable
from functions.drimbox.oid import Uid

if TYPE_CHECKING:
    from functions.drimbox.images.wado_client import Attributes

# An IS of PS3.5 6.2: Python's int also reads other digits and blanks, and 1_0.
_INTEGER: Final = re.compile(" *[+-]?[0-9]+ *")


def text(attributes: Attributes, tag: str) -> str:
    """The first value, "" when there is none or it is no text."""
    value = _first(attributes, tag)
    return value.strip(" \0") if isinstance(value, str) else ""


def person(attributes: Attributes, tag: str) -> str:
    """The alphabetic form of a PN, as PS3.18 F.2.2 writes it."""
    value = _first(attributes, tag)
    name = value.get("Alphabetic") if isinstance(value, dict) else None
    return name.strip() if isinstance(name, str) else ""


def number(attributes: Attributes, tag: str) -> int | None:
    """An integer of 32 bits, written as a JSON number or as a string; None when it is none."""
    return _integer(_first(attributes, tag))


def count(attributes: Attributes, tag: str) -> int | None:
    """A number of related objects, None when the archive gives none.

    Raises PacsAnswerUnusable for several values, and for one that is no number.
    """
    values = _values(attributes, tag)
    if not values:
        return None
    found = _integer(values[0]) if len(values) == 1 else None
    if found is None or found < 0:
        raise PacsAnswerUnusable("a count is not a number")
    return found


def uid(attributes: Attributes, tag: str) -> Uid:
    """A UID of the answer, which becomes part of a path.

    Raises PacsAnswerUnusable when it is missing or there are several, Held ``pacs_uid_invalid``
    when it is ill-formed (PS3.5 9.1): waiting does not change that.
    """
    values = _values(attributes, tag)
    found = text(attributes, tag)
    if len(values) != 1 or not found:
        raise PacsAnswerUnusable("the answer lacks a UID")
    try:
        return Uid(found)
    except ValueError:
        raise Held("pacs_uid_invalid") from None


def is_of(attributes: Attributes, tag: str, expected: Uid) -> bool:
    """Whether this UID of the answer is ``expected``; True when the answer does not give it.

    Raises PacsAnswerUnusable when it is no element of DICOM JSON.
    """
    values = _values(attributes, tag)
    return not values or (len(values) == 1 and text(attributes, tag) == expected)


def _values(attributes: Attributes, tag: str) -> list[Any]:
    """The values that are not empty. Raises PacsAnswerUnusable when it is no element."""
    element = attributes.get(tag, {})
    values = element.get("Value", []) if isinstance(element, dict) else None
    if not isinstance(values, list):
        raise PacsAnswerUnusable("the answer is not DICOM JSON")
    return [one for one in values if one is not None and one != ""]


def _first(attributes: Attributes, tag: str) -> Any:
    element = attributes.get(tag)
    values = element.get("Value") if isinstance(element, dict) else None
    return values[0] if isinstance(values, list) and values else None


def _integer(value: Any) -> int | None:
    if isinstance(value, str) and len(value) <= 12 and _INTEGER.fullmatch(value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    good = isinstance(value, int) and not isinstance(value, bool) and -(2**31) <= value < 2**31
    return value if good else None
