"""One world per test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A site, its PACS and a DMP, all new."""
    made = World(tmp_path)
    yield made
    made.close()
