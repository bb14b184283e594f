"""The table of decision 0044 as values, and the register of the cases that play its cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

PAGE: Final = Path(__file__).parents[2] / "docs/decisions/0044-no-restriction-is-lost.md"
WAYS: Final = ("unknown", "missing", "repeated", "ambiguous", "ill-formed", "partial")
# The datum cannot be wrong in this way.
NO_CASE: Final = "—"

# The variants of one cell: each names itself and gives its outcome, as the page writes it.
Variants = Iterator[tuple[str, str]]
Play = Callable[[], Variants]


class Cell(NamedTuple):
    """A datum, and the way in which it is wrong."""

    datum: str
    way: str


_CASES: dict[Cell, Play] = {}


def case(datum: str, way: str) -> Callable[[Play], Play]:
    """Register the play of one cell; a cell has one play, with as many variants as it needs."""

    def register(play: Play) -> Play:
        cell = Cell(datum, way)
        if way not in WAYS or cell in _CASES:
            raise ValueError(cell)
        _CASES[cell] = play
        return play

    return register


def cases() -> dict[Cell, Play]:
    """Every registered play."""
    return dict(_CASES)


def outcomes() -> dict[Cell, str]:
    """Every cell of the page's tables, with its outcome: ``AE code``, ``held code``…"""
    found: dict[Cell, str] = {}
    for line in PAGE.read_text("utf-8").splitlines():
        columns = [column.strip() for column in line.strip("|").split("|")]
        if not line.startswith("|") or len(columns) != 1 + len(WAYS) or columns[0] == "datum":
            continue
        if re.fullmatch(r"-+", columns[0]):
            continue
        for way, outcome in zip(WAYS, columns[1:], strict=True):
            found[Cell(columns[0], way)] = outcome
    return found
