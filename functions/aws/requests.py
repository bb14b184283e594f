"""The facts of an API event, read once: path, headers, body, caller."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from functions.drimbox import strict_json
from functions.drimbox.errors import Absent, BadRequest, TooLarge

Event = Mapping[str, Any]


def path(event: Event, name: str) -> str:
    """A path parameter; Absent when the route has none."""
    value = (event.get("pathParameters") or {}).get(name)
    if not isinstance(value, str):
        raise Absent("path")
    return value


def query(event: Event, name: str) -> str | None:
    """A query parameter's last value, None when not given."""
    value = (event.get("queryStringParameters") or {}).get(name)
    return value if isinstance(value, str) else None


def queries(event: Event) -> dict[str, str]:
    """Every query parameter; BadRequest when one is given twice."""
    given = event.get("multiValueQueryStringParameters") or {}
    if any(len(values) != 1 for values in given.values()):
        raise BadRequest("query")
    return {name: values[0] for name, values in given.items()}


def query_values(event: Event) -> dict[str, list[str]]:
    """Every query parameter with all of its values, in order."""
    return dict(event.get("multiValueQueryStringParameters") or {})


def headers(event: Event, name: str) -> list[str]:
    """Every value of a header, in order; the name in any case."""
    found: list[str] = []
    for key, values in (event.get("multiValueHeaders") or {}).items():
        if key.lower() == name.lower():
            found.extend(values)
    return found


def body(event: Event, *, max_bytes: int) -> bytes:
    """The body's bytes; TooLarge above ``max_bytes``, BadRequest when it cannot be decoded."""
    raw = event.get("body") or ""
    encoded = event.get("isBase64Encoded")
    if encoded and len(raw) > (max_bytes // 3 + 1) * 4:
        raise TooLarge
    try:
        data = base64.b64decode(raw, validate=True) if encoded else raw.encode()
    except (binascii.Error, ValueError):
        raise BadRequest("body") from None
    if len(data) > max_bytes:
        raise TooLarge
    return data


def json_body(event: Event, *, max_bytes: int = 64 * 1024) -> dict[str, Any]:
    """A JSON object; BadRequest for anything else."""
    try:
        facts = strict_json.read(body(event, max_bytes=max_bytes))
    except strict_json.NotStrictJson:
        raise BadRequest("body") from None
    if not isinstance(facts, dict):
        raise BadRequest("body")
    return facts


_FORM: Final = "application/x-www-form-urlencoded"
FIELDS: Final = 64


def form(event: Event, *, max_bytes: int = 64 * 1024, max_fields: int = FIELDS) -> dict[str, str]:
    """The fields of a submitted form; BadRequest for anything else, or a field given twice."""
    types = headers(event, "Content-Type")
    if len(types) != 1 or types[0].partition(";")[0].strip().lower() != _FORM:
        raise BadRequest("content-type")
    try:
        pairs = parse_qsl(
            body(event, max_bytes=max_bytes).decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            max_num_fields=max_fields,
            errors="strict",
        )
    except ValueError:
        raise BadRequest("body") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadRequest("body")
    return fields


def cookie(event: Event, name: str) -> str:
    """The cookie's value, "" when there is none or more than one (RFC 6265 5.4)."""
    pairs = [
        pair.strip().partition("=") for line in headers(event, "Cookie") for pair in line.split(";")
    ]
    found = [value for key, _, value in pairs if key == name]
    return found[0] if len(found) == 1 else ""


def caller(event: Event) -> Mapping[str, str]:
    """The context that the authorizer gave; empty on a route without one."""
    return (event.get("requestContext") or {}).get("authorizer") or {}


def request_id(event: Event) -> str:
    """The gateway's identifier of this request."""
    return str((event.get("requestContext") or {}).get("requestId", ""))
