"""multipart/related bodies (RFC 2387, PS3.18 8.6): reading stored bodies, writing answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from typing import Final

# RFC 2046 5.1.1.
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_MAX_HEADERS: Final = 4096


class MultipartError(ValueError):
    """A body that is not multipart as its Content-Type says."""


def parameters(content_type: str) -> tuple[str, dict[str, str]]:
    """Media type and parameters of a Content-Type, both in lower case (values kept)."""
    message = Message()
    message["content-type"] = content_type.replace("\r", "").replace("\n", "")
    found = message.get_params(failobj=[], header="content-type")
    media_type = found[0][0].lower() if found else ""
    return media_type, {name.lower(): value for name, value in found[1:]}


def boundary_of(content_type: str) -> str:
    """The boundary parameter. MultipartError when there is none or it is ill-formed."""
    boundary = parameters(content_type)[1].get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise MultipartError("boundary")
    return boundary


def split(body: bytes, boundary: str) -> Iterator[tuple[str, memoryview]]:
    """Content-Type ("" when absent) and bytes of each part, in order.

    MultipartError, possibly after some parts, when a part has no header end or the closing
    delimiter is missing.
    """
    delimiter = b"\r\n--" + boundary.encode("ascii")
    view = memoryview(body)
    position = len(delimiter) - 2 if body.startswith(delimiter[2:]) else _after(body, delimiter, 0)
    while body[position : position + 2] != b"--":
        start = body.find(b"\r\n", position, position + 256)
        if start < 0 or body[position:start].strip(b" \t"):
            raise MultipartError("delimiter")
        head_end = body.find(b"\r\n\r\n", start, start + _MAX_HEADERS)
        if head_end < 0:
            raise MultipartError("part headers")
        following = _after(body, delimiter, head_end + 2)
        yield (
            _content_type(body[start:head_end]),
            view[head_end + 4 : max(head_end + 4, following - len(delimiter))],
        )
        position = following


def _after(body: bytes, delimiter: bytes, start: int) -> int:
    found = body.find(delimiter, start)
    if found < 0:
        raise MultipartError("closing delimiter")
    return found + len(delimiter)


def _content_type(head: bytes) -> str:
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-type":
            return value.strip()
    return ""


def part_header(boundary: str, content_type: str) -> bytes:
    """The delimiter and headers that precede a part's bytes."""
    return f"\r\n--{boundary}\r\nContent-Type: {content_type}\r\n\r\n".encode("ascii")


def closing(boundary: str) -> bytes:
    """The delimiter that ends the body."""
    return f"\r\n--{boundary}--\r\n".encode("ascii")


def join(parts: Iterator[bytes], boundary: str, content_type: str) -> bytes:
    """A whole body of ``parts``, each of ``content_type``."""
    pieces = [piece for part in parts for piece in (part_header(boundary, content_type), part)]
    return b"".join([*pieces, closing(boundary)])
