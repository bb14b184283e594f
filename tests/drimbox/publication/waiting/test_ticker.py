"""A tick is under way while a change waits, whatever was lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.publication.waiting.ticker import LATE, LONGEST_DELAY, Ticker, ring
from tests.fakes.memory import MemoryTicks, MemoryWaits, VirtualClock

MINUTE = timedelta(minutes=1)


class Scene:
    def __init__(self) -> None:
        self.waits, self.ticks, self.clock = MemoryWaits(), MemoryTicks(), VirtualClock()

    def ring(self, after: timedelta, enough: timedelta | None = None) -> None:
        now = self.clock.now()
        enough_at = now + (after if enough is None else enough)
        ring(self.waits, self.ticks, self.clock, now + after, enough_at=enough_at)


def test_the_first_one_who_waits_rings_and_the_next_ones_need_not() -> None:
    scene = Scene()
    scene.ring(MINUTE)
    scene.ring(MINUTE)
    scene.ring(2 * MINUTE)
    assert scene.ticks.messages == [(1, MINUTE)]
    assert scene.waits.tick == Ticker(1, scene.clock.now() + MINUTE)


def test_somebody_who_is_in_a_hurry_rings_again() -> None:
    scene = Scene()
    scene.ring(10 * MINUTE)
    scene.ring(MINUTE, enough=10 * MINUTE)
    scene.ring(MINUTE)
    assert scene.ticks.messages == [(1, 10 * MINUTE), (2, MINUTE)]


def test_a_tick_that_never_came_is_sent_again() -> None:
    scene = Scene()
    scene.ring(MINUTE)
    scene.clock.advance(MINUTE + LATE)
    scene.ring(MINUTE)
    assert [number for number, _ in scene.ticks.messages] == [1, 2]


def test_a_queue_holds_no_message_back_for_longer_than_a_quarter_of_an_hour() -> None:
    scene = Scene()
    scene.ring(60 * MINUTE)
    scene.ring(-MINUTE)
    assert scene.ticks.messages == [(1, LONGEST_DELAY), (2, timedelta(0))]


def test_the_message_leaves_before_the_item_names_it() -> None:
    scene = Scene()

    class Away(MemoryTicks):
        def send(self, number: int, *, after: timedelta) -> None:
            raise StorageUnavailable("away")

    scene.ticks = Away()
    with pytest.raises(StorageUnavailable):
        scene.ring(MINUTE)
    assert scene.waits.tick == Ticker()


def test_many_writers_at_once_are_a_failure_of_the_store() -> None:
    scene = Scene()
    put: Any = lambda ticker: False  # noqa: E731
    scene.waits.put_ticker = put  # type: ignore[method-assign]
    with pytest.raises(StorageUnavailable, match="too many writers"):
        scene.ring(MINUTE)
    assert len(scene.ticks.messages) == 5


def test_another_writer_s_tick_is_enough() -> None:
    scene = Scene()
    first = scene.waits.put_ticker

    def beaten(ticker: Ticker) -> bool:
        assert first(replace(ticker))
        return False

    scene.waits.put_ticker = beaten  # type: ignore[method-assign]
    scene.ring(MINUTE)
    assert [number for number, _ in scene.ticks.messages] == [1]
