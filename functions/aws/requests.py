"""The facts of an API event, read once: path, headers, body, caller."""

from __future__ import annotations

import base64
import binascii
import re
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


def by_front(event: Event) -> bool:
    """Whether our own front asks, or another client whose certificate API Gateway demanded: only
    then do the headers speak that the front alone may write."""
    identity = (event.get("requestContext") or {}).get("identity") or {}
    return bool(identity.get("clientCert"))


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


_UPLOAD: Final = re.compile(r'multipart/form-data; *boundary="?([A-Za-z0-9\'()+_,./:=?-]{1,70})"?')
_DISPOSITION: Final = re.compile(r'form-data; name="([a-z_]{1,32})"(; filename="[^"]*".*)?', re.I)
_MOST_TEXT: Final = 1024
_MOST_PARTS: Final = 8


def upload(event: Event, *, max_bytes: int) -> tuple[dict[str, str], bytes]:
    """The fields of a submitted form, and its one file (RFC 7578), whose name nobody reads.

    TooLarge for a file above ``max_bytes``; BadRequest for anything but a few short texts, each
    once, and exactly one file.
    """
    types = headers(event, "Content-Type")
    found = _UPLOAD.fullmatch(types[0].strip()) if len(types) == 1 else None
    if found is None:
        raise BadRequest("content-type")
    data = body(event, max_bytes=max_bytes + (_MOST_PARTS + 1) * _MOST_TEXT)
    delimiter = b"\r\n--" + found[1].encode()
    before, *parts = (b"\r\n" + data).split(delimiter, _MOST_PARTS + 1)
    if before or not parts or parts.pop() not in {b"--", b"--\r\n"}:
        raise BadRequest("body")
    texts: dict[str, str] = {}
    files: list[bytes] = []
    for part in parts:
        name, is_file, content = _part(part)
        if is_file:
            files.append(content)
        elif name in texts or len(content) > _MOST_TEXT or not content.isascii():
            raise BadRequest("body")
        else:
            texts[name] = content.decode("ascii")
    if len(files) != 1:
        raise BadRequest("file")
    if len(files[0]) > max_bytes:
        raise TooLarge
    return texts, files[0]


def _part(part: bytes) -> tuple[str, bool, bytes]:
    """One part: its name, whether it is a file, its content."""
    head, end, content = part.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    told = [one.partition(":") for one in lines[1:]]
    kinds = [value.strip() for name, _, value in told if name.lower() == "content-disposition"]
    found = _DISPOSITION.fullmatch(kinds[0]) if len(kinds) == 1 else None
    if not end or lines[0] or found is None:
        raise BadRequest("body")
    return found[1], found[2] is not None, content


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
