"""A site of thousands of studies, empty at first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drimbox.reconciliation.site import Archipelago, archipelago


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Archipelago]:
    with archipelago(tmp_path) as made:
        yield made
