"""A site of thousands of studies, empty at first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.drimbox.reconciliation.site import Archipelago, archipelago


@pytest.fixture
def world() -> Iterator[Archipelago]:
    with archipelago() as made:
        yield made
