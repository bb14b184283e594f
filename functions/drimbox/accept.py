"""Which form and language a caller prefers (RFC 9110 12.5.1 Accept, 12.5.4 Accept-Language)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

Offer = TypeVar("Offer", bound=str)

_QUALITY: Final = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


def prefer_media(accept: Sequence[str], offers: Sequence[Offer]) -> Offer | None:
    """The media type of ``offers`` that the header's lines like most, None when they take none.

    Without the header the first offer is taken, which also wins among equals. The most specific
    range that covers an offer gives its weight; parameters other than ``q`` are not looked at.
    """

    def weight(offer: str) -> float:
        kind = offer.partition("/")[0]
        for known in (offer, f"{kind}/*", "*/*"):
            found = [quality for name, quality in ranges if name == known]
            if found:
                return max(found)
        return 0.0

    ranges = list(_ranges(accept))
    return _best(offers, [weight(offer) for offer in offers]) if ranges else offers[0]


def prefer_language(accept: Sequence[str], offers: Sequence[Offer]) -> Offer:
    """The language of ``offers`` that the header's lines like most (RFC 4647 3.4, lookup).

    The first offer where none is liked: a page in another language is better than no page.
    """
    ranges = list(_ranges(accept))
    weights = [
        max((quality for name, quality in ranges if name.partition("-")[0] == offer), default=0.0)
        for offer in offers
    ]
    return _best(offers, weights) or offers[0]


def _best(offers: Sequence[Offer], weights: Sequence[float]) -> Offer | None:
    best = max(weights)
    return offers[weights.index(best)] if best > 0 else None


def _ranges(lines: Sequence[str]) -> Iterator[tuple[str, float]]:
    """(range in lower case, weight from 0 to 1); one with an ill-formed weight is left out."""
    for item in ",".join(lines).split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        qualities = [text[2:].strip() for text in parameters if text.startswith("q=")]
        quality = qualities[0] if qualities else "1"
        if name and _QUALITY.fullmatch(quality):
            yield name, float(quality)
