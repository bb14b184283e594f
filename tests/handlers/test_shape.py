"""A Lambda's handler is short, and has a test module of its name."""

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


def test_every_lambda_has_its_test_module() -> None:
    lambdas = {path.parent.name for path in FUNCTIONS.glob("*/handler.py")}
    modules = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    of_several = {
        *("dicomweb_conformance", "events", "import_by_agent", "route_tables"),
        *("sampled_requests", "shape", "site_agent"),
    }
    assert modules - of_several - {"traced_calls"} == lambdas
