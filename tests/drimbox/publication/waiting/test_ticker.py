"""A tick is under way while a change waits, whatever was lost."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

import pytest

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.publication.change import PARKED, Change, Step
from functions.drimbox.publication.waiting.ticker import LATE, LONGEST_DELAY, Ticker, ring
from tests.drimbox.publication.waiting.scenes import change, denied, fail, started
from tests.drimbox.publication.waiting.turns import Turns
from tests.fakes.memory import MemoryTicks, MemoryWaits, VirtualClock
from tests.fakes.world import World

MINUTE = timedelta(minutes=1)
SCHEDULES: Final = 300


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


@pytest.mark.parametrize("first", range(0, SCHEDULES, 50))
def test_no_order_of_calls_leaves_a_change_without_a_tick(world: World, first: int) -> None:
    """Two steps park, and each tick is delivered at any time once its message was sent, so also
    before its sender has written the item that names it."""
    for seed in range(first, first + 50):
        play(world, seed)
        assert world.waits.waits == {}, f"schedule {seed}: a change waits"
        # An item that promises a tick which is not there would keep others from ringing.
        assert world.waits.tick.due_at is None, f"schedule {seed}: a tick is promised"
        assert set(started(world)) >= {("m1", 1), ("m2", 1)}
        world.workflow.started.clear()


def play(world: World, seed: int) -> None:
    turns = Turns(random.Random(seed))  # noqa: S311  # the same schedules at every run
    world.calls, world.ticks = turns, MemoryTicks()
    sent: list[tuple[int, timedelta]] = world.ticks.messages
    delivered = 0

    def tick(number: int) -> None:
        world.waker.tick(number)

    def deliver() -> None:
        nonlocal delivered
        for number, _ in sent[delivered:]:
            delivered += 1
            turns.add(partial(tick, number))

    for number in (1, 2):
        turns.add(partial(parked, world, change(number)))
    turns.play(deliver)


def parked(world: World, one: Change) -> None:
    parking = world.parking
    assert parking.attempt(one, Step.PUBLISH_MANIFEST, 5, fail(denied()))["outcome"] == PARKED
