"""MTOM/XOP packages (W3C XOP 1.0 and MTOM, RFC 2387, RFC 2046): reading and writing."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MAX_PARTS: Final = 16
MAX_PART_HEADERS: Final = 8192
_PARAMETER: Final = re.compile(r';\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)=("(?:[^"\\]|\\.)*"|[^;\s"]*)')
_XOP: Final = "application/xop+xml"
_SOAP: Final = "application/soap+xml"


class BadPackage(ValueError):
    """The body is not a package that we read; the message names the part, never its content."""


@dataclass(frozen=True, slots=True)
class Package:
    """``root`` is the SOAP envelope, ``parts`` the other parts by Content-ID without <>."""

    root: bytes
    parts: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class _Part:
    content_id: str
    media_type: str
    content: bytes


def media_type(content_type: str) -> tuple[str, dict[str, str]]:
    """A Content-Type header as (type in lower case, parameters with their names in lower case)."""
    kind = content_type.partition(";")[0].strip().lower()
    parameters: dict[str, str] = {}
    for key, value in _PARAMETER.findall(content_type):
        if value.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", value[1:-1])  # noqa: PLW2901
        parameters.setdefault(key.lower(), value)
    return kind, parameters


def read_package(body: bytes, content_type: str, *, lenient: bool = False) -> Package:
    """Read a request: a XOP package, or a bare SOAP 1.2 envelope (no part then).

    ``lenient`` also reads lines that end in LF alone and a root part that does not say that it is
    XOP. Raises :class:`BadPackage`.
    """
    kind, parameters = media_type(content_type)
    if kind == _SOAP:
        return Package(body, {})
    if kind != "multipart/related":
        raise BadPackage("Content-Type is neither multipart/related nor application/soap+xml")
    if not lenient and parameters.get("type", "").lower() != _XOP:
        raise BadPackage("the type parameter of Content-Type is not application/xop+xml")
    boundary = parameters.get("boundary", "")
    if not 0 < len(boundary) <= 70 or not boundary.isascii():
        raise BadPackage("no usable boundary")
    parts = [_read_part(raw, lenient) for raw in _split(body, boundary.encode(), lenient)]
    start = parameters.get("start", "").strip("<>") or parts[0].content_id
    by_id = {part.content_id: part for part in parts}
    if len(by_id) != len(parts):
        raise BadPackage("two parts have the same Content-ID")
    root = by_id.pop(start, None)
    if root is None:
        raise BadPackage("no part is the one that start names")
    if not lenient and root.media_type != _XOP:
        raise BadPackage("the root part is not application/xop+xml")
    return Package(root.content, {key: part.content for key, part in by_id.items()})


def _split(body: bytes, boundary: bytes, lenient: bool) -> list[bytes]:
    line = rb"\r?\n" if lenient else rb"\r\n"
    delimiter = re.compile(
        rb"(?:\A|%b)--%b(--)?[ \t]*(?:%b|\Z)" % (line, re.escape(boundary), line)
    )
    parts: list[bytes] = []
    begin: int | None = None
    for found in delimiter.finditer(body):
        if begin is not None:
            parts.append(body[begin : found.start()])
        if len(parts) > MAX_PARTS:
            raise BadPackage("too many parts")
        if found.group(1):
            break
        begin = found.end()
    else:
        raise BadPackage("no closing boundary")
    if not parts:
        raise BadPackage("no part")
    return parts


def _read_part(raw: bytes, lenient: bool) -> _Part:
    blank = re.search(rb"\r?\n\r?\n" if lenient else rb"\r\n\r\n", raw[:MAX_PART_HEADERS])
    if blank is None:
        raise BadPackage("a part has no blank line after its headers")
    headers = _headers(raw[: blank.start()])
    content = raw[blank.end() :]
    encoding = headers.get("content-transfer-encoding", "binary").lower()
    if encoding == "base64":
        try:
            content = base64.b64decode(re.sub(rb"\s", b"", content), validate=True)
        except binascii.Error as error:
            raise BadPackage("a part is not base64") from error
    elif encoding not in {"binary", "8bit", "7bit"}:
        raise BadPackage("a part has an unknown Content-Transfer-Encoding")
    content_id = headers.get("content-id", "").strip("<>")
    if not content_id:
        raise BadPackage("a part has no Content-ID")
    return _Part(content_id, media_type(headers.get("content-type", ""))[0], content)


def _headers(raw: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in re.split(r"\r?\n(?![ \t])", raw.decode("latin-1")):
        key, colon, value = line.partition(":")
        if not colon:
            raise BadPackage("a part's header has no colon")
        headers.setdefault(key.strip().lower(), re.sub(r"\s+", " ", value).strip())
    return headers


def write_package(
    envelope: bytes, boundary: str, parts: Mapping[str, bytes] | None = None
) -> tuple[str, bytes]:
    """An answer with its attachments by Content-ID: (Content-Type, body). ITI TF-2 Appendix V.8."""
    root_id = "root.message@dmp.simulator"
    chunks = [
        (
            f"--{boundary}\r\n"
            f'Content-Type: {_XOP}; charset=UTF-8; type="{_SOAP}"\r\n'
            "Content-Transfer-Encoding: binary\r\n"
            f"Content-ID: <{root_id}>\r\n\r\n"
        ).encode(),
        envelope,
    ]
    for content_id, content in (parts or {}).items():
        head = (
            f"\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\n"
            f"Content-Transfer-Encoding: binary\r\nContent-ID: <{content_id}>\r\n\r\n"
        )
        chunks += [head.encode(), content]
    chunks.append(f"\r\n--{boundary}--\r\n".encode())
    content_type = (
        f'multipart/related; type="{_XOP}"; boundary="{boundary}"; '
        f'start="<{root_id}>"; start-info="{_SOAP}"'
    )
    return content_type, b"".join(chunks)
