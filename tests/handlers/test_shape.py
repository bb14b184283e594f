"""A Lambda's handler is short: its table of routes, or one flow that a reader sees whole."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

FUNCTIONS: Final = Path(__file__).parents[2] / "functions"
LINES: Final = 60


@pytest.mark.parametrize(
    "path", sorted(FUNCTIONS.glob("*/handler.py")), ids=lambda p: p.parent.name
)
def test_a_handler_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LINES
