"""A DMP whose answers a test gives, and a change that may be in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from functions.drimbox.oid import Uid
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.record import State, enter
from tests.fakes.world import World


class Registry:
    """A DMP that takes everything and answers each query with the next thing of ``answers``."""

    def __init__(self, *answers: Any) -> None:
        self._answers: Iterator[Any] = iter(answers)
        self.sent = 0

    def submit(self, _: object) -> None:
        self.sent += 1

    def update(self, _: object) -> None:
        self.sent += 1

    def of_study(self, *_: object) -> tuple[Any, ...]:
        return ()

    def entries(self, _: Uid) -> tuple[Any, ...]:
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        found: tuple[Any, ...] = answer
        return found

    def __call__(self, *_: object) -> Registry:
        return self


def in_doubt(world: World, change: Change) -> None:
    """The change was sent once and nobody knows what became of it."""
    record = world.records.get(change.study_instance_uid)
    record = world.records.put(enter(record, State.SENDING, world.clock.now()))
    world.records.put(enter(record, State.UNKNOWN, world.clock.now()))
