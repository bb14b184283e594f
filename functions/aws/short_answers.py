"""Answers of AWS whose parts are values as they stand: in JSON, or in the headers of an object."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_OK: Final = frozenset({200, 206})


@dataclass(slots=True)
class ShortParsers:
    """Stands before botocore's factory of parsers, ``whole``, for the operations ``short``."""

    whole: Any
    short: frozenset[str]
    _known: dict[str, _Json | _Object] = field(default_factory=dict)

    def create_parser(self, protocol: str) -> _Parser:
        """The parser of one answer."""
        return _Parser(self, protocol)

    def read(self, protocol: str, response: dict[str, Any], shape: Any) -> dict[str, Any] | None:
        """The result of a short operation; None where botocore is to read it: each error."""
        name = response["context"]["operation_name"]
        if name not in self.short or response["status_code"] not in _OK:
            return None
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = (_Json if protocol == "json" else _Object)(shape)
        try:
            return known.read(response)
        except ValueError:  # a number, a time or a text in another form than AWS writes it
            return None


@dataclass(slots=True)
class _Parser:
    parsers: ShortParsers
    protocol: str

    def parse(self, response: dict[str, Any], shape: Any) -> dict[str, Any]:
        found = self.parsers.read(self.protocol, response, shape)
        if found is None:
            parser = self.parsers.whole.create_parser(self.protocol)
            whole: dict[str, Any] = parser.parse(response, shape)
            return whole
        return {**found, "ResponseMetadata": {"HTTPStatusCode": response["status_code"]}}


class _Json:
    """An answer that is the result: nothing in it is null, and of nothing botocore makes a time or
    bytes. Such an answer is left to it.
    """

    def __init__(self, shape: Any) -> None:
        made = "|".join(sorted(map(re.escape, _made(shape, set()))))
        self._unsure = re.compile(rf'null|"(?:{made})"\s*:'.encode() if made else b"null")

    def read(self, response: dict[str, Any]) -> dict[str, Any] | None:
        body = response["body"]
        found = None if self._unsure.search(body) else json.loads(body or b"{}")
        return found if isinstance(found, dict) else None


def _made(shape: Any, seen: set[str]) -> set[str]:
    """The members, at any depth, of which botocore makes times or bytes."""
    if shape.name in seen:
        return set()
    seen.add(shape.name)
    if shape.type_name in _LISTS:
        return _made(_inner(shape), seen)
    found: set[str] = set()
    for name, member in getattr(shape, "members", {}).items():
        if _inner(member).type_name in _MADE:
            found.add(member.serialization.get("name", name))
        else:
            found |= _made(member, seen)
    return found


_LISTS: Final = frozenset({"list", "map"})
_MADE: Final = frozenset({"blob", "timestamp"})


def _inner(shape: Any) -> Any:
    """The shape within a list or a map, however deep; any other shape is its own."""
    while shape.type_name in _LISTS:
        shape = shape.member if shape.type_name == "list" else shape.value
    return shape


class _Object:
    """An answer about one object of S3: texts, numbers and times in headers; a body. One with
    headers of the object's own is left to botocore.
    """

    def __init__(self, shape: Any) -> None:
        self._body = shape.serialization.get("payload")
        self._none: dict[str, Any] = {"Metadata": {}} if "Metadata" in shape.members else {}
        self._members = {
            member.serialization["name"].lower(): (name, _form(member))
            for name, member in shape.members.items()
            if member.serialization.get("location") == "header"
        }

    def read(self, response: dict[str, Any]) -> dict[str, Any] | None:
        found: dict[str, Any] = dict(self._none)
        for header, value in response["headers"].items():
            member = self._members.get(header.lower())
            if member is not None:
                name, form = member
                found[name] = form(value)
            elif header.lower().startswith("x-amz-meta-"):
                return None
        if self._body:
            found[self._body] = response["body"]
        return found


def _form(member: Any) -> Callable[[str], Any]:
    if member.serialization.get("timestampFormat") == "iso8601":
        return datetime.fromisoformat
    return _FORMS[member.type_name]


_FORMS: Final[dict[str, Callable[[str], Any]]] = {
    "string": str,
    "integer": int,
    "long": int,
    "boolean": lambda text: text == "true",
    "timestamp": parsedate_to_datetime,
}
