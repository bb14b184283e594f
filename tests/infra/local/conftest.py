"""The small stack, started once for the tests that do not disturb it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.infra.local.mini import mini_stack
from tests.infra.local.support import LocalStack


@dataclass(frozen=True, slots=True)
class Mini:
    """The running stack and the base URLs of its hosts."""

    stack: LocalStack
    in_url: str
    db_url: str


@pytest.fixture(scope="session")
def mini(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mini]:
    """The small stack, running."""
    stack, in_url, db_url = mini_stack(tmp_path_factory.mktemp("mini"))
    stack.start()
    yield Mini(stack, in_url, db_url)
    assert stack.stop() == 0


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mini]:
    """A stack of the test's own, not started; ended whatever the test leaves running."""
    stack, in_url, db_url = mini_stack(tmp_path_factory.mktemp("own"))
    yield Mini(stack, in_url, db_url)
    if stack.process is not None and stack.process.poll() is None:
        stack.stop()
    stack.close()
