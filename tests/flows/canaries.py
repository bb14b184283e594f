"""Values that nothing else has, in every form in which they might stand in a text."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus


def forms(value: str) -> Iterator[bytes]:
    """A value as it may stand in a text: encodings, escapes, base64 at any offset, hex."""
    for encoding in ("utf-8", "latin-1", "utf-16-le", "cp1252"):
        try:
            raw = value.encode(encoding)
        except UnicodeEncodeError:
            continue
        yield raw
        yield raw.hex().encode()
        yield raw.hex().upper().encode()
        yield quote(raw, safe="").encode()
        yield quote_plus(raw, safe="").encode()
        for offset in range(3):
            # Only the characters that these bytes alone decide.
            coded = base64.b64encode(b"\0" * offset + raw)
            first, last = -(-offset * 8 // 6), (offset + len(raw)) * 8 // 6
            yield coded[first:last]
            yield coded[first:last].replace(b"+", b"-").replace(b"/", b"_")
    escaped = json.dumps(value)[1:-1]
    yield escaped.encode()
    yield json.dumps(escaped)[1:-1].encode()  # JSON in JSON, as an execution's input is shown
    yield value.encode("ascii", "xmlcharrefreplace")


def found_in(values: Iterable[str], data: bytes) -> set[str]:
    """The values that stand in ``data`` in one form or another, in any case of letters."""
    lower = data.lower()
    return {
        value
        for value in values
        if any(form in lower for form in {f.lower() for f in forms(value)})
    }
