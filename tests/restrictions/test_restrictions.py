"""Decision 0044: no cell of its table is only written, and no case is without its cell."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import tests.restrictions
from tests.restrictions.table import NO_CASE, Cell, cases, outcomes

for _module in pkgutil.iter_modules(tests.restrictions.__path__):
    if _module.name.endswith("_cases"):
        importlib.import_module(f"tests.restrictions.{_module.name}")


def test_every_cell_is_played_and_every_play_has_its_cell() -> None:
    written = {cell for cell, outcome in outcomes().items() if outcome != NO_CASE}
    assert written == set(cases())


@pytest.mark.parametrize("cell", sorted(cases()), ids=" ".join)
def test_a_cell_ends_as_the_page_says(cell: Cell) -> None:
    expected = outcomes()[cell].replace("`", "")
    played = dict(cases()[cell]())
    assert played
    assert played == dict.fromkeys(played, expected)
