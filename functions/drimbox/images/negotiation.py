"""What a requester accepts, and whether what we hold is in it (PS3.18 8.7, RFC 9110 12.5.1).

The network's requesters write ``Accept`` in ways of their own: one header with a list that ends
with a comma, or one header per range; ranges without media type; ``boundary=**``; no space after
the semicolon. All of that is read. Nothing is transcoded here: what we hold is acceptable or not.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from functions.drimbox.errors import BadRequest, NotAcceptable

EXPLICIT_VR_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2.1"
MAX_ACCEPT_CHARACTERS: Final = 16 * 1024

Form = Literal["multipart", "single"]

# Media range to the forms of answer that it covers, and its precedence (the most specific wins).
_MEDIA: Final[dict[str, tuple[tuple[Form, ...], int]]] = {
    "multipart/related": (("multipart",), 2),
    # The network's requesters leave the media type out.
    "": (("multipart",), 2),
    "application/dicom": (("single",), 2),
    "multipart/*": (("multipart",), 1),
    "application/*": (("single",), 1),
    "*/*": (("multipart", "single"), 0),
}
_QUALITY: Final = re.compile(r"0(?:\.[0-9]*)?|1(?:\.0*)?")


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One acceptable range: the forms of answer it covers, the transfer syntax it asks.

    ``transfer_syntax`` is a UID, ``*`` for any, "" when none is asked. ``quality`` is from 0 (not
    acceptable) to 1; ``precedence`` is 2 for a named media type, 1 and 0 for wildcards.
    """

    forms: tuple[Form, ...]
    precedence: int
    transfer_syntax: str
    quality: float


@dataclass(frozen=True, slots=True)
class Choice:
    """How the answer is written: as a multipart body or, for one object, as the object alone."""

    form: Form


def split_quoted(text: str, separator: str) -> Iterator[str]:
    """The parts of ``text`` between separators that stand outside quoted strings.

    A quoted string that never ends goes to the end of the text. One pass, linear.
    """
    start, quoted, escaped = 0, False, False
    for position, char in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == separator and not quoted:
            yield text[start:position]
            start = position + 1
    yield text[start:]


def parameters(text: str) -> dict[str, str]:
    """``; name=value`` pairs, names in lower case, quotes taken off; the first of a name wins."""
    found: dict[str, str] = {}
    for pair in split_quoted(text, ";"):
        name, equals, value = pair.partition("=")
        if equals:
            found.setdefault(name.strip().lower(), _unquoted(value.strip()))
    return found


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value


def parse_accept(lines: Sequence[str]) -> tuple[MediaRange, ...]:
    """The ranges of every ``Accept`` line that may cover DICOM objects, in order.

    Ranges for other media, or with a quality that is none, are left out. Raises BadRequest when
    there is no Accept at all, NotAcceptable when it is longer than we read.
    """
    if not any(line.strip() for line in lines):
        raise BadRequest("Accept is missing")
    if sum(map(len, lines)) > MAX_ACCEPT_CHARACTERS:
        raise NotAcceptable("Accept is too long")
    ranges = (
        _media_range(text) for line in lines for text in split_quoted(line, ",") if text.strip()
    )
    return tuple(one for one in ranges if one is not None)


def _media_range(text: str) -> MediaRange | None:
    head, _, tail = text.partition(";")
    media = head.strip().lower()
    if "=" in media:
        media, tail = "", text
    found = parameters(tail)
    known = _MEDIA.get(media)
    quality = found.get("q", "1")
    if known is None or not _QUALITY.fullmatch(quality):
        return None
    if found.get("type", "application/dicom").lower() != "application/dicom":
        return None
    forms, precedence = known
    return MediaRange(forms, precedence, found.get("transfer-syntax", ""), float(quality))


def choose(
    ranges: Sequence[MediaRange], transfer_syntaxes: Collection[str], *, single: bool = False
) -> Choice:
    """How to answer with objects held in ``transfer_syntaxes``: every one must be acceptable.

    ``single`` says that one object is asked, so that it may be sent alone. Between two acceptable
    forms the better quality wins, then the multipart form. No transfer syntax asked means Explicit
    VR Little Endian (PS3.18 8.7.3.4). Raises NotAcceptable.
    """
    forms: tuple[Form, ...] = ("multipart", "single") if single else ("multipart",)
    best: Form | None = None
    best_quality = 0.0
    for form in forms:
        quality = min((_quality(ranges, form, held) for held in transfer_syntaxes), default=0.0)
        if quality > best_quality:
            best, best_quality = form, quality
    if best is None:
        raise NotAcceptable("no transfer syntax that is held is acceptable")
    return Choice(best)


def _quality(ranges: Sequence[MediaRange], form: Form, held: str) -> float:
    """The quality given to ``held`` by the most specific ranges that match; 0 when one forbids."""
    matches = [
        ((one.precedence, rank), one.quality)
        for one in ranges
        if form in one.forms and (rank := _rank(one.transfer_syntax, held))
    ]
    if not matches:
        return 0.0
    most_specific = max(key for key, _ in matches)
    qualities = [quality for key, quality in matches if key == most_specific]
    return max(qualities) if all(qualities) else 0.0


def _rank(asked: str, held: str) -> int:
    """How precisely ``asked`` names ``held``: 3 itself, 2 by default, 1 as any, 0 not at all."""
    if asked == held:
        return 3
    if asked == "" and held == EXPLICIT_VR_LITTLE_ENDIAN:
        return 2
    return 1 if asked == "*" else 0
