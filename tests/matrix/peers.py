"""Other DRIMboxes on ``db``: the way that a request came, the certificate that the front passes on,
the token, and the white list; the answer of each, from the tables alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Final

from tests.matrix.table import ROWS

# Straight to the API, where nobody vouches for a header, or through the front.
WAYS: Final = ("direct", "front")
SHOWN: Final = (
    "none",
    "listed",
    "listed_as_it_is",  # its PEM without an escape
    "unlisted",
    "ended",
    "of_a_server",  # not for clients (RFC 5280 4.2.1.12)
    "two",  # one header with each of two good ones
    "empty",
    "garbage",
    "too_long",
)
GOOD: Final = frozenset({"listed", "listed_as_it_is"})
DEMANDS: Final = ("shown", "required")
LISTS: Final = ("fresh", "none")
# Token -> its confirmation (RFC 8705): the certificate with which alone it is good.
TOKENS: Final = {
    "none": "",
    "free": "",
    "bound_to_listed": "listed",
    "bound_to_another": "another",
    "bound_otherwise": "otherwise",
    "ended": "",
}
MANIFESTS: Final = ("current", "unknown")
ROWS_OF_IMAGES: Final = tuple(row for row in ROWS if row.guard == "professional")


@dataclass(frozen=True, slots=True, order=True)
class PeerCell:
    """One request of another DRIMbox."""

    demand: str
    white_list: str
    way: str
    shown: str
    token: str
    manifest: str
    row: str


def expected(cell: PeerCell) -> int:
    """The status that it must get."""
    if cell.token == "none":
        return 401  # the gateway itself asks for one
    vouched = cell.way == "front"
    if vouched and (refused := _of_certificate(cell)):
        return refused
    bound = TOKENS[cell.token]
    known = "listed" if vouched and cell.shown in GOOD else ""
    if cell.token == "ended" or (bound and bound != known):
        return 401
    return 200 if cell.manifest == "current" else 404


def _of_certificate(cell: PeerCell) -> int:
    """The refusal before the token is looked at, 0 for none."""
    if cell.shown == "none":
        return 403 if cell.demand == "required" else 0
    if cell.shown not in GOOD | {"unlisted"}:
        return 401
    if cell.white_list == "none":
        return 503
    return 403 if cell.shown == "unlisted" else 0


def whole() -> Iterator[PeerCell]:
    """Every cell."""
    rows = tuple(row.name for row in ROWS_OF_IMAGES)
    for axes in product(DEMANDS, LISTS, WAYS, SHOWN, TOKENS, MANIFESTS, rows):
        yield PeerCell(*axes)


def chosen() -> tuple[str, list[PeerCell]]:
    """The whole with PROOF=whole; otherwise every combination at one row, drawn by SEED."""
    if os.environ.get("PROOF") == "whole":
        return "whole", list(whole())
    draw = Random(int(os.environ.get("SEED") or 1))  # noqa: S311  # a draw, no secret
    axes = product(DEMANDS, LISTS, WAYS, SHOWN, TOKENS, MANIFESTS)
    cells = [PeerCell(*one, draw.choice(ROWS_OF_IMAGES).name) for one in axes]
    return "each combination at one row", cells
