"""The waiting work: how much of each kind, since when, and the next try."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from functions.drimbox.oid import Uid
from functions.drimbox.operations.waiting_work import WaitingWork, describe, waiting_work
from functions.drimbox.publication.change import Change, Step
from functions.drimbox.publication.waiting.ticker import Probe, Ticker
from functions.drimbox.publication.waiting.wait import Wait
from tests.fakes.world import World

MINUTE = timedelta(minutes=1)


def wait(world: World, number: int, thing: str, *, ago: int = 0, due_in: int = 60) -> None:
    now = world.clock.now()
    change = Change("demo", f"m{number}", Uid(f"1.2.{number}"), 0)
    since, due_at, until = now - ago * MINUTE, now + due_in * MINUTE, now + 600 * MINUTE
    world.waits.put(Wait(change, Step.PUBLISH_MANIFEST, thing, since, due_at, until))


def ticks(world: World, due_in: int | None, **probes: int) -> None:
    now = world.clock.now()
    told = {name: Probe(1, now + at * MINUTE) for name, at in probes.items()}
    due_at = None if due_in is None else now + due_in * MINUTE
    world.waits.tick = replace(Ticker(), due_at=due_at, probes=told)


def test_where_nothing_waits_there_is_no_work(world: World) -> None:
    assert waiting_work(world.at_rest) == ()


def test_each_kind_is_counted_the_longest_wait_first(world: World) -> None:
    now = world.clock.now()
    wait(world, 1, "dmp", ago=5)
    wait(world, 2, "dmp", ago=9)
    wait(world, 3, "study/1.2.3", ago=30, due_in=20)
    wait(world, 4, "study/1.2.4", ago=1, due_in=7)
    ticks(world, 2, dmp=4)
    assert waiting_work(world.at_rest) == (
        WaitingWork("study", 2, now - 30 * MINUTE, now + 7 * MINUTE),
        WaitingWork("dmp", 2, now - 9 * MINUTE, now + 4 * MINUTE),
    )


def test_as_json_the_work_tells_its_reason_in_words(world: World) -> None:
    now = world.clock.now()
    work = (WaitingWork("dmp", 2, now, now + MINUTE), WaitingWork("study", 1, now, None))
    first, second = describe(work)
    assert first["words"]["fr"] == "En attente du DMP."
    assert (first["kind"], first["studies"]) == ("dmp", 2)
    assert (first["since"], first["next_at"]) == (now.isoformat(), (now + MINUTE).isoformat())
    assert second["next_at"] is None


def test_no_try_leaves_before_its_tick_nor_in_the_past(world: World) -> None:
    now = world.clock.now()
    wait(world, 1, "pacs")
    wait(world, 2, "turn/1.2.2", due_in=-3)
    ticks(world, 2)
    assert [one.next_at for one in waiting_work(world.at_rest)] == [now + 2 * MINUTE] * 2
    ticks(world, -1, pacs=-1)
    assert [one.next_at for one in waiting_work(world.at_rest)] == [now] * 2
    ticks(world, None)
    assert [one.next_at for one in waiting_work(world.at_rest)] == [None] * 2
