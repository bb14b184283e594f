"""The forms that a caller takes, by preference: the Accept headers of RFC 9110 12.5.

One reader for all of our hosts; ``images.negotiation`` chooses the form of the images by it. It is
more tolerant than the grammar: the network's requesters end a list with a comma, leave the media
type out, or write parameters without a space.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeVar

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Offer = TypeVar("Offer", bound=str)

_QUALITY: Final = re.compile(r"0(?:\.[0-9]*)?|1(?:\.0*)?")


@frozen
class Range:
    """One range of a header: ``name`` (a media range or a language) in lower case, "" when only
    parameters are given; ``quality`` is from 0 (not acceptable) to 1.
    """

    name: str
    quality: float
    parameters: Mapping[str, str]


def read_ranges(lines: Sequence[str]) -> Iterator[Range]:
    """The ranges of every line, in order; a range with an ill-formed quality is left out."""
    for text in (item for line in lines for item in split_quoted(line, ",") if item.strip()):
        head, _, tail = text.partition(";")
        if "=" in head:
            head, tail = "", text
        found = parameters(tail)
        quality = found.get("q", "1")
        if _QUALITY.fullmatch(quality):
            yield Range(head.strip().lower(), float(quality), found)


def prefer_media(accept: Sequence[str], offers: Sequence[Offer]) -> Offer | None:
    """The media type of ``offers`` that the header's lines like most, None when they take none.

    Without the header the first offer is taken, which also wins among equals. The most specific
    range that covers an offer gives its weight; parameters other than ``q`` are not looked at.
    """

    def weight(offer: str) -> float:
        kind = offer.partition("/")[0]
        for known in (offer, f"{kind}/*", "*/*"):
            found = [one.quality for one in ranges if one.name == known]
            if found:
                return max(found)
        return 0.0

    ranges = list(read_ranges(accept))
    return _best(offers, [weight(offer) for offer in offers]) if ranges else offers[0]


def takes_gzip(accept_encoding: Sequence[str]) -> bool:
    """Whether the header's lines take gzip; without the header the body goes as it is."""
    weights = {one.name: one.quality for one in read_ranges(accept_encoding)}
    return weights.get("gzip", weights.get("*", 0)) > 0


def prefer_encoding(accept_encoding: Sequence[str], offers: Sequence[Offer]) -> Offer | None:
    """The content coding of ``offers`` that the header's lines like most, the first among equals;
    None where the body goes as it is.
    """
    weights = {one.name: one.quality for one in read_ranges(accept_encoding)}
    return _best(offers, [weights.get(offer, weights.get("*", 0)) for offer in offers])


def prefer_language(accept: Sequence[str], offers: Sequence[Offer]) -> Offer:
    """The language of ``offers`` that the header's lines like most (RFC 4647 3.4, lookup).

    The first offer where none is liked: a page in another language is better than no page.
    """
    ranges = list(read_ranges(accept))
    weights = [
        max(
            (one.quality for one in ranges if one.name.partition("-")[0] == offer),
            default=0.0,
        )
        for offer in offers
    ]
    return _best(offers, weights) or offers[0]


def _best(offers: Sequence[Offer], weights: Sequence[float]) -> Offer | None:
    best = max(weights)
    return offers[weights.index(best)] if best > 0 else None


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
