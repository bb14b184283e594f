"""Accept negotiation of images: whether a requester accepts a form that we hold (PS3.18 8.7, RFC
9110 12.5.1).

The network's requesters write ``Accept`` in ways of their own: one header with a list that ends
with a comma, or one header per range; ranges without media type; ``boundary=**``; no space after
the semicolon. All of that is read (:mod:`functions.drimbox.accept`). Nothing is transcoded here:
the caller says which transfer syntaxes it can produce.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from functions.drimbox.accept import Range, read_ranges
from functions.drimbox.errors import BadRequest, NotAcceptable
from functions.drimbox.values import frozen

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


@frozen
class MediaRange:
    """One acceptable range: the forms of answer it covers, the transfer syntax it asks.

    ``transfer_syntax`` is a UID, ``*`` for any, "" when none is asked. ``quality`` is from 0 (not
    acceptable) to 1; ``precedence`` is 2 for a named media type, 1 and 0 for wildcards.
    """

    forms: tuple[Form, ...]
    precedence: int
    transfer_syntax: str
    quality: float


Producible = Mapping[str, Sequence[str]]
"""The transfer syntax in which an object is held, to those in which it can be sent: the preferred
one first."""


@frozen
class Choice:
    """How the answer is written: as a multipart body or, for one object, as the object alone.

    ``transfer_syntaxes`` gives, for each transfer syntax that is held, the one to send.
    """

    form: Form
    transfer_syntaxes: Mapping[str, str]


def as_held(transfer_syntaxes: Iterable[str]) -> Producible:
    """Every object can be sent as it is held, and in no other way."""
    return {held: (held,) for held in transfer_syntaxes}


def parse_accept(lines: Sequence[str]) -> tuple[MediaRange, ...]:
    """The ranges of every ``Accept`` line that may cover DICOM objects, in order.

    Ranges for other media, or with a quality that is none, are left out. Raises BadRequest when
    there is no Accept at all, NotAcceptable when it is longer than we read.
    """
    ranges = (_media_range(one) for one in required_ranges(lines))
    return tuple(one for one in ranges if one is not None)


def required_ranges(lines: Sequence[str]) -> list[Range]:
    """The ranges of every line, whatever their media. Raises as :func:`parse_accept`."""
    if not any(line.strip() for line in lines):
        raise BadRequest("Accept")
    if sum(map(len, lines)) > MAX_ACCEPT_CHARACTERS:
        raise NotAcceptable("Accept is too long")
    return [*read_ranges(lines)]


def _media_range(one: Range) -> MediaRange | None:
    if one.name not in _MEDIA:
        return None
    if one.parameters.get("type", "application/dicom").lower() != "application/dicom":
        return None
    forms, precedence = _MEDIA[one.name]
    transfer_syntax = one.parameters.get("transfer-syntax", "")
    return MediaRange(forms, precedence, transfer_syntax, one.quality)


def choose(ranges: Sequence[MediaRange], producible: Producible, *, single: bool = False) -> Choice:
    """How to answer with the objects of ``producible``: every one must be acceptable.

    ``single`` says that one object is asked, so that it may be sent alone. Each object is sent in
    the transfer syntax of the best quality, the preferred one among equals. Between two acceptable
    forms the better quality wins, then the multipart form. No transfer syntax asked means Explicit
    VR Little Endian (PS3.18 8.7.3.4). Raises NotAcceptable.
    """
    forms: tuple[Form, ...] = ("multipart", "single") if single else ("multipart",)
    best: Choice | None = None
    best_quality = 0.0
    for form in forms:
        sent = {held: _preferred(ranges, form, each) for held, each in producible.items()}
        quality = min((quality for quality, _ in sent.values()), default=0.0)
        if quality > best_quality:
            best = Choice(form, {held: syntax for held, (_, syntax) in sent.items()})
            best_quality = quality
    if best is None:
        raise NotAcceptable("no transfer syntax that can be sent is acceptable")
    return best


def _preferred(
    ranges: Sequence[MediaRange], form: Form, syntaxes: Sequence[str]
) -> tuple[float, str]:
    """The best quality that one of ``syntaxes`` gets, and that syntax: the first among equals."""
    rated = [(_quality(ranges, form, syntax), syntax) for syntax in syntaxes]
    return max(rated, key=lambda one: one[0])


def _quality(ranges: Sequence[MediaRange], form: Form, syntax: str) -> float:
    """The quality that the most specific ranges give to ``syntax``; 0 when one forbids it."""
    return most_specific(
        ((one.precedence, found), one.quality)
        for one in ranges
        if form in one.forms and (found := rank(one.transfer_syntax, syntax))
    )


def most_specific(matches: Iterable[tuple[tuple[int, int], float]]) -> float:
    """The quality that the most precise of the matching ranges give (how precise, quality); 0
    without any, and when one of these forbids it (RFC 9110 12.5.1).
    """
    found = list(matches)
    precise = max((key for key, _ in found), default=None)
    qualities = [quality for key, quality in found if key == precise]
    return max(qualities, default=0.0) if all(qualities) else 0.0


def rank(asked: str, syntax: str, default: str = EXPLICIT_VR_LITTLE_ENDIAN) -> int:
    """How precisely ``asked`` names ``syntax``: 3 itself, 2 by ``default``, 1 as any, 0 not at
    all."""
    if asked == syntax:
        return 3
    if asked == "" and syntax == default:
        return 2
    return 1 if asked == "*" else 0
