"""The one reader of JSON from outside: text that UTF-8 can write again, and one value for a name.

RFC 8259 leaves open how a repeated name or half of a surrogate pair is read; RFC 7493 (I-JSON 2.1,
2.3) forbids both. Of two values of one name a reader would take either, so neither is taken; half
of a pair is a text cut by its writer, which we could neither store nor send on.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, Final

# The deepest value that is read. Our own documents and those of others have a tenth of it; from
# Python 3.12 on, json itself reads ten thousand levels.
_DEEPEST: Final = 100
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET: Final = re.compile(r"[\[{\]}]")
# An escape that may be half of a pair: both halves together are one good character.
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


class NotStrictJson(ValueError):
    """The bytes are not JSON that we accept; the message never quotes them."""


def read(data: bytes) -> Any:
    """The value of a JSON text in UTF-8 (a byte order mark is skipped).

    Raises :class:`NotStrictJson`, and nothing else, for anything malformed, nested too deeply,
    with a name twice in one object or half of a surrogate pair.
    """
    try:
        text = data.removeprefix(codecs.BOM_UTF8).decode()
        if _is_too_deep(text):
            raise NotStrictJson("not JSON")
        value = json.loads(text, object_pairs_hook=_object)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise NotStrictJson("not JSON") from None
    return value


def _is_too_deep(text: str) -> bool:
    if text.count("[") + text.count("{") <= _DEEPEST:
        return False
    depth = 0
    for found in _BRACKET.finditer(_STRING.sub("", text)):
        depth += 1 if found[0] in "[{" else -1
        if depth > _DEEPEST:
            return True
    return False


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotStrictJson("a name is given twice")
    return found
