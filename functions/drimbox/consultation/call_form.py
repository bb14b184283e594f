"""The body of a contextual call: application/x-www-form-urlencoded, UTF-8 and nothing else.

Browsers write a form so (WHATWG URL 5): ``+`` is a space, and every other byte outside letters,
digits and four signs is ``%`` with two hexadecimal digits. A body that can be read in two ways is
not read: a percent sign alone, bytes of another character set, a raw line end.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_BYTES: Final = 16 * 1024
MAX_PAIRS: Final = 64
_FORM: Final = "application/x-www-form-urlencoded"
_CHARSET: Final = re.compile(r'charset=(?:utf-8|"utf-8")', re.IGNORECASE)
# Printable ASCII without a space: the rest is percent-encoded (RFC 3986 2.1).
_WRITTEN: Final = re.compile(r"(?:[!-$&-~]|%[0-9A-Fa-f]{2})*")

Pairs = tuple[tuple[str, str], ...]


class UnreadableCall(Exception):
    """The body cannot be read as pairs; ``code`` is that of a fault of the call."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def require_form(content_types: Sequence[str]) -> None:
    """UnreadableCall unless the one Content-Type is that of a form, in UTF-8 or without charset."""
    if len(content_types) != 1:
        raise UnreadableCall("call_content_type")
    media_type, _, parameter = content_types[0].partition(";")
    if media_type.strip().lower() != _FORM:
        raise UnreadableCall("call_content_type")
    if parameter.strip() and not _CHARSET.fullmatch(parameter.strip()):
        raise UnreadableCall("call_character_set")


def read_form(body: bytes) -> Pairs:
    """The pairs of name and value, in order, repetitions included; UnreadableCall.

    A name without ``=`` has the value "".
    """
    if len(body) > MAX_BYTES:
        raise UnreadableCall("call_too_large")
    try:
        text = body.decode("ascii")
    except UnicodeDecodeError:
        raise UnreadableCall("call_not_a_form") from None
    if not _WRITTEN.fullmatch(text):
        raise UnreadableCall("call_not_a_form")
    written = text.split("&") if text else []
    if len(written) > MAX_PAIRS:
        raise UnreadableCall("call_too_large")
    return tuple(_pair(one) for one in written)


def _pair(written: str) -> tuple[str, str]:
    name, _, value = written.partition("=")
    if not name:
        raise UnreadableCall("call_not_a_form")
    return _text(name), _text(value)


def _text(written: str) -> str:
    try:
        return unquote_to_bytes(written.replace("+", " ")).decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableCall("call_character_set") from None
