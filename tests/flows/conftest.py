"""One stack for all journeys: starting it takes longer than most of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.stack import LocalStack, running

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder starts the stack and runs against the real Orthanc."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.stack)
            item.add_marker(pytest.mark.judge)


@pytest.fixture(scope="session")
def _stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    with running(tmp_path_factory.mktemp("stack") / "home") as stack:
        yield stack


@pytest.fixture
def stack(_stack: LocalStack) -> Iterator[LocalStack]:
    """The session's stack; faults that a test asked for end with it."""
    yield _stack
    _stack.heal()
