"""What an API event says, read once: path, headers, body, caller."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

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
    if not event.get("isBase64Encoded"):
        data = raw.encode()
    else:
        if len(raw) > (max_bytes // 3 + 1) * 4:
            raise TooLarge
        try:
            data = base64.b64decode(raw, validate=True)
        except (binascii.Error, ValueError):
            raise BadRequest("body") from None
    if len(data) > max_bytes:
        raise TooLarge
    return data


def json_body(event: Event, *, max_bytes: int = 64 * 1024) -> dict[str, Any]:
    """A JSON object; BadRequest for anything else."""
    try:
        facts = json.loads(body(event, max_bytes=max_bytes))
    except (ValueError, RecursionError):
        raise BadRequest("body") from None
    if not isinstance(facts, dict):
        raise BadRequest("body")
    return facts


def caller(event: Event) -> Mapping[str, str]:
    """What the authorizer found out; empty on a route without one."""
    return (event.get("requestContext") or {}).get("authorizer") or {}


def request_id(event: Event) -> str:
    """The gateway's identifier of this request."""
    return str((event.get("requestContext") or {}).get("requestId", ""))
