"""Counts the work that a round has under way at once, without a clock."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import Any

import pytest

from functions.drimbox.peers import rounds


@dataclass
class SeenRounds:
    """Stands where a round waits, once all its work was handed out: ``sizes`` tells how many pieces
    were under way then, those of earlier rounds with them."""

    sizes: list[int] = field(default_factory=list)
    futures: list[Future[Any]] = field(default_factory=list)

    def __call__(self, futures: Sequence[Future[Any]], seconds: float) -> None:
        earlier = sum(not one.done() for one in self.futures)
        self.futures += futures
        self.sizes.append(earlier + len(futures))
        wait(futures, seconds)


def seen_rounds(monkeypatch: pytest.MonkeyPatch) -> SeenRounds:
    """The rounds of this test."""
    made = SeenRounds()
    monkeypatch.setattr(rounds, "wait", made)
    return made
