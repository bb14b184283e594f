"""The bytes of a message or a document as a text to read: shortened, cut, and never decoded whole.

The time is linear in the bytes. The memory is that of the text that is shown, whatever the bytes
are; an encoding that is no superset of ASCII costs some copies of the document.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.operations.segments import MESSAGE_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Iterator

# A base64 text as long as this is a picture or a document: its beginning and its length are shown.
LONGEST_RUN: Final = 4_000
_SHOWN: Final = 80
# A run that is too short is looked at once: none begins inside another.
_RUN: Final = re.compile(
    rb"(?<![A-Za-z0-9+/=\s])[A-Za-z0-9+/=\s]{%d,}+" % LONGEST_RUN  # bytes
)
_ENDS: Final = re.compile(r"\r\n?")
# The most bytes of a character, or of a line end.
_WIDEST: Final = 4


def raw_text(data: bytes, encoding: str) -> dict[str, Any]:
    """``text``, its lines ended by LF, and ``complete``: false where the end is left out.

    Bytes that are no characters of ``encoding`` are replaced.
    """
    if "A".encode(encoding) != b"A":
        data, encoding = data.decode(encoding, "replace").encode(), "utf-8"
    pieces, room = [], MESSAGE_CHARACTERS
    for piece in _pieces(data, encoding):
        pieces.append(piece[: max(room, 0)])
        room -= len(piece)
        if room < 0:
            break
    return {"text": "".join(pieces), "complete": room >= 0}


def _pieces(data: bytes, encoding: str) -> Iterator[str]:
    """The text in order; of a piece that is longer than all that is shown, its beginning."""
    start = 0
    for run in _RUN.finditer(data):
        first, end = run.span()
        yield _read(data, start, first + _SHOWN, encoding)
        yield f"… [{end - first}]"
        start = end
    yield _read(data, start, len(data), encoding)


def _read(data: bytes, start: int, end: int, encoding: str) -> str:
    most = start + _WIDEST * (MESSAGE_CHARACTERS + 1)
    return _ENDS.sub("\n", data[start : min(end, most)].decode(encoding, "replace"))
