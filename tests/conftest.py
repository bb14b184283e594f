"""Settings of all tests: the slow ones, and hypothesis's profiles."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.flows.stack import LocalStack

# Folders whose tests start processes or synthesize templates: not for every commit.
SLOW = (
    "browser",
    "infra",
    "simulators",
    "drimbox/images",
    "drimbox/publication/test_faults.py",
    "flows",
)
# Folders whose tests use the whole local stack, with the real Orthanc.
STACK = ("browser", "flows")

# The same examples at every run, so that a failure is a change's own; "explore" looks for new ones.
settings.register_profile("fast", max_examples=20, deadline=None, derandomize=True)
settings.register_profile("full", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "full"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow, so that ``make check`` can leave it out."""
    here = Path(__file__).parent
    for item in items:
        place = item.path.relative_to(here).as_posix()
        if place.startswith(SLOW):
            item.add_marker(pytest.mark.slow)
        if place.startswith(STACK):
            item.add_marker(pytest.mark.stack)
            item.add_marker(pytest.mark.judge)


@pytest.fixture(scope="session")
def _stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """One stack for all journeys: starting it takes longer than most of them."""
    from tests.flows.stack import running  # noqa: PLC0415  # nobody else needs all of this

    with running(tmp_path_factory.mktemp("stack") / "home") as stack:
        yield stack


@pytest.fixture
def stack(_stack: LocalStack) -> Iterator[LocalStack]:
    """The session's stack; faults that a test asked for end with it."""
    yield _stack
    _stack.heal()
