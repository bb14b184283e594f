"""Each tick wakes the changes whose time has come: once each, never too many, none forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.drimbox.breaker import MOST_PASSES, SERVICE
from functions.drimbox.errors import (
    DmpUnavailable,
    PacsUnavailable,
    StartRefused,
    StorageUnavailable,
    StudyBusy,
    StudyNotFoundYet,
)
from functions.drimbox.publication.change import Change, Step, Waited
from functions.drimbox.publication.record import reject
from functions.drimbox.publication.waiting.ticker import LONGEST_DELAY
from functions.drimbox.publication.waiting.waking import MOST, Swept
from tests.drimbox.publication.waiting.scenes import (
    SECOND,
    SLOT,
    admitted,
    answer,
    break_down,
    change,
    deliver,
    denied,
    park,
    started,
)
from tests.fakes.memory import MemoryStarts, MemoryWorkflow
from tests.fakes.world import UNIT, Killed, World, study_index

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _patient(world: World) -> None:
    """A study is waited for as long as a service."""
    world.tenant = replace(world.tenant, study_wait=world.tenant.outage_patience)


def crowd(world: World, number: int) -> None:
    """So many changes wait for the DMP, a second apart."""
    break_down(world)
    for one in range(1, number + 1):
        park(world, denied(), change(one), tries=0)
        world.clock.advance(SECOND)


def test_while_a_circuit_is_open_one_change_is_woken_as_its_probe(world: World) -> None:
    crowd(world, 3)
    assert deliver(world) == [1]
    assert started(world) == [("m1", 1)]
    assert list(world.workflow.begun.values()) == [Step.PUBLISH_MANIFEST]
    assert {message for message, _ in world.waits.waits} == {"m2", "m3"}


def test_probes_become_rare_while_it_stays_open(world: World) -> None:
    crowd(world, 1)
    begin, probes = world.clock.now(), []
    while world.clock.now() - begin < 54 * UNIT:
        woken = deliver(world)
        if woken == [1]:
            probes.append((world.clock.now() - begin) // UNIT)
            leave = world.site.breaker.admit("dmp", SERVICE)
            assert leave is not None
            world.site.breaker.failed(leave)
            park(world, DmpUnavailable("503"), list(world.workflow.started.values())[-1], tries=0)
    assert probes == [0, 2, 6, 14, 24, 34, 44, 54]


def test_a_probe_leaves_beside_a_study_that_has_come(world: World) -> None:
    crowd(world, 1)
    park(world, StudyNotFoundYet(), change(2), at=Step.INDEX_STUDY)
    world.pacs.studies[change(2).study_instance_uid] = study_index("1.2.2", accession="A")
    world.clock.advance(UNIT)
    assert deliver(world) == [2]
    assert world.waits.tick.probes["dmp"].count == 1


def test_each_change_is_the_probe_in_its_turn(world: World) -> None:
    """The DMP may answer all but one of them, and this one must not keep the circuit open."""
    crowd(world, 3)
    while len(world.workflow.started) < 4:
        if deliver(world) == [1]:
            leave = world.site.breaker.admit("dmp", SERVICE)
            assert leave is not None
            world.site.breaker.failed(leave)
            park(world, DmpUnavailable("503"), list(world.workflow.started.values())[-1], tries=0)
    assert started(world) == [("m1", 1), ("m2", 1), ("m3", 1), ("m1", 2)]


def test_a_fault_of_ours_about_one_change_stops_no_other(world: World) -> None:
    """Without its look, the change is started: its step holds it, and the operators hear of it."""
    crowd(world, 1)
    world.circuits.circuits.clear()
    park(world, StudyNotFoundYet(), change(2), at=Step.INDEX_STUDY)

    def broken() -> None:
        raise ValueError("ill-formed")

    world.pacs.fails = broken
    world.clock.advance(UNIT)
    assert deliver(world) == [2]
    assert sorted(started(world)) == [("m1", 1), ("m2", 1)]


def test_a_pause_is_no_longer_than_the_queue_holds_a_message(world: World) -> None:
    """A deployment may let an hour pass between two probes."""
    crowd(world, 1)
    number, waker = world.ticks.messages[-1][0], replace(world.waker, unit=HOUR)
    waker.tick(number)
    assert world.ticks.messages[-1] == (number + 1, LONGEST_DELAY)
    assert world.waits.tick.due_at == world.clock.now() + LONGEST_DELAY


def test_the_pacs_is_probed_without_an_execution(world: World) -> None:
    break_down(world, "pacs")
    park(world, denied("pacs"), change(1), at=Step.INDEX_STUDY, tries=0)
    park(world, denied("pacs"), change(2), at=Step.INDEX_STUDY, tries=0)

    def away() -> None:
        raise PacsUnavailable("503")

    world.pacs.fails = away
    before = len(world.calls.names)
    assert deliver(world, 6) == [0] * 6
    assert world.calls.names[before:].count("pacs.has_study") == 3
    world.pacs.fails = lambda: None
    while world.waits.waits:
        deliver(world)
    assert sorted(started(world)) == [("m1", 1), ("m2", 1)]


def test_a_probe_that_the_ceiling_refuses_is_tried_again_soon(world: World) -> None:
    crowd(world, 1)
    world.clock.advance(UNIT)
    number = world.ticks.messages[-1][0]
    none = MemoryStarts(world.clock, most=0)
    assert replace(world.waker, starts=none).tick(number) == 0
    due_at = world.waits.tick.due_at
    assert due_at is not None
    assert 1.5 * SLOT <= due_at - world.clock.now() <= 4.5 * SLOT
    assert deliver(world) == [1]


def test_whoever_asks_meanwhile_has_probed_for_all(world: World) -> None:
    crowd(world, 2)
    world.clock.advance(UNIT)
    leave = world.site.breaker.admit("dmp", SERVICE)
    assert leave is not None
    world.site.breaker.failed(leave)
    assert deliver(world) == [0]
    assert started(world) == []


def test_a_probe_that_may_not_leave_yet_is_tried_a_minute_later(world: World) -> None:
    crowd(world, 1)
    world.clock.advance(UNIT)
    leave = world.site.breaker.admit("dmp", SERVICE)
    assert leave is not None
    world.site.breaker.failed(leave, ("300",))
    assert deliver(world, 3) == [0, 0, 0]


def test_when_it_recovers_as_many_are_woken_as_may_pass(world: World) -> None:
    crowd(world, 20)
    world.clock.advance(UNIT)
    answer(world)
    assert deliver(world, 5) == [1, 2, 4, 8, 5]
    assert deliver(world) == []
    assert [message for message, _ in started(world)][:4] == ["m1", "m2", "m3", "m4"]


def test_a_patience_that_became_shorter_ends_the_waits_of_an_outage(world: World) -> None:
    """Changes that were parked before the tenant's file changed stayed for the former patience."""
    crowd(world, 3)
    before = world.tenant.outage_patience
    world.clock.advance(before / 2)
    world.tenant = replace(world.tenant, outage_patience=before / 3)
    assert world.waker.tick(world.ticks.messages[-1][0]) == 3
    assert [wake for _, wake in started(world)] == [1, 1, 1]


def test_so_many_at_a_time_once_it_is_closed(world: World) -> None:
    crowd(world, MOST_PASSES + 3)
    world.circuits.circuits.clear()
    assert deliver(world, 3) == [MOST_PASSES, 3]
    assert world.waits.tick.due_at is None


def test_the_ceiling_of_all_tenants_leaves_the_rest_for_later(world: World) -> None:
    crowd(world, 5)
    world.circuits.circuits.clear()
    starts = MemoryStarts(world.clock, most=2)
    number = world.ticks.messages[-1][0]
    assert replace(world.waker, starts=starts).tick(number) == 2
    assert world.waits.tick.due_at == world.clock.now() + SLOT
    assert replace(world.waker, starts=starts).tick(number + 1) == 0
    # Other tenants have their turn.
    due_at = world.waits.tick.due_at
    assert due_at is not None
    assert due_at - world.clock.now() >= 1.5 * SLOT
    assert len(world.waits.waits) == 3


def test_a_start_that_fails_leaves_its_wait(world: World) -> None:
    crowd(world, 3)
    world.circuits.circuits.clear()

    class Throttled(MemoryWorkflow):
        def start(self, change: Change, at: Step) -> None:
            if len(self.started) == 1:
                raise StorageUnavailable("throttled")
            super().start(change, at)

    world.workflow = Throttled()
    assert deliver(world) == [1]
    assert len(world.waits.waits) == 2


class Choosy(MemoryWorkflow):
    """It never takes the first ``refused`` changes; ``tried``: every start that was asked for."""

    def __init__(self, refused: int, error: Exception) -> None:
        super().__init__()
        self.refused = {f"m{one}" for one in range(1, refused + 1)}
        self.error = error
        self.tried: list[str] = []

    def start(self, change: Change, at: Step) -> None:
        self.tried.append(change.message_id)
        if change.message_id in self.refused:
            raise self.error
        super().start(change, at)


@pytest.mark.parametrize("error", [StartRefused("InvalidName"), ValueError("not JSON")])
def test_a_change_that_is_never_taken_stops_no_other(world: World, error: Exception) -> None:
    crowd(world, MOST_PASSES + 5)
    world.circuits.circuits.clear()
    world.workflow = Choosy(2, error)
    assert deliver(world, 2) == [MOST_PASSES - 2, 5]
    assert [one.message_id for one, _ in world.not_woken] == ["m1", "m2"]
    assert {one for _, one in world.not_woken} == {error}
    assert {message for message, _ in world.waits.waits} == {"m1", "m2"}


def test_it_is_tried_again_later_behind_the_others(world: World) -> None:
    crowd(world, 2)
    world.circuits.circuits.clear()
    world.workflow = workflow = Choosy(1, StartRefused("InvalidName"))
    begin = world.clock.now()
    assert deliver(world) == [1]
    park(world, denied(), change(3), tries=0)
    while workflow.tried.count("m1") < 2:
        deliver(world)
    assert world.clock.now() - begin >= 10 * UNIT
    assert len(world.not_woken) == 2
    # Another release takes it.
    workflow.refused.clear()
    world.clock.advance(11 * UNIT)
    park(world, denied(), change(4), tries=0)
    deliver(world)
    assert workflow.tried[-2:] == ["m4", "m1"]
    assert world.waits.all() == ()


def test_a_probe_that_is_never_taken_leaves_its_turn_to_another(world: World) -> None:
    crowd(world, 2)
    world.workflow = Choosy(1, StartRefused("InvalidName"))
    assert deliver(world, 2) == [0, 1]
    assert started(world) == [("m2", 1)]


def test_a_patience_that_is_over_does_not_hurry_a_change_that_is_never_taken(world: World) -> None:
    wait = park(world, StudyNotFoundYet(), change(1), at=Step.INDEX_STUDY)
    world.workflow = workflow = Choosy(1, StartRefused("InvalidName"))
    world.clock.at = wait.until
    begin = world.clock.now()
    while world.clock.now() - begin < 35 * UNIT:
        assert deliver(world) == [0]
    assert 3 <= len(workflow.tried) <= 5


def test_a_tick_that_comes_twice_wakes_once(world: World) -> None:
    crowd(world, 2)
    world.circuits.circuits.clear()
    number = world.ticks.messages[-1][0]
    assert world.waker.tick(number) == 2
    assert world.waker.tick(number) == 0
    assert started(world) == [("m1", 1), ("m2", 1)]


def test_two_ticks_at_once_start_each_change_once(world: World) -> None:
    crowd(world, 2)
    world.circuits.circuits.clear()
    waits, ticker = dict(world.waits.waits), world.waits.tick
    number = world.ticks.messages[-1][0]
    world.waker.tick(number)
    world.waits.waits, world.waits.tick = waits, ticker
    world.waker.tick(number)
    assert started(world) == [("m1", 1), ("m2", 1)]


def test_of_two_ticks_at_once_one_sends_the_next(world: World) -> None:
    crowd(world, MOST_PASSES + 2)
    world.circuits.circuits.clear()
    number = world.ticks.messages[-1][0]
    others = iter([number])

    class Twice(MemoryWorkflow):
        def start(self, change: Change, at: Step) -> None:
            super().start(change, at)
            for other in others:
                world.waker.tick(other)

    world.workflow = Twice()
    assert world.waker.tick(number) == MOST_PASSES
    assert [one for one, _ in world.ticks.messages if one > number] == [number + 1]


def test_the_next_parking_of_a_woken_change_is_not_deleted(world: World) -> None:
    """The woken execution parks again before the tick has deleted the wait that it woke."""
    crowd(world, 1)
    world.circuits.circuits.clear()

    class Quick(MemoryWorkflow):
        def start(self, change: Change, at: Step) -> None:
            super().start(change, at)
            park(world, DmpUnavailable("503"), change)

    world.workflow = Quick()
    assert deliver(world) == [1]
    (wait,) = world.waits.all()
    assert wait.change.waited.wake == 2
    assert world.waits.tick.due_at is not None


def test_a_change_that_parks_while_the_last_one_leaves_has_its_tick(world: World) -> None:
    crowd(world, 1)
    world.circuits.circuits.clear()
    number, second = world.ticks.messages[-1][0], change(2)

    class Busy(MemoryWorkflow):
        def start(self, change: Change, at: Step) -> None:
            super().start(change, at)
            if change.message_id == "m1":
                # It relies on the tick that is at work.
                park(world, DmpUnavailable("503"), second)

    world.workflow = Busy()
    assert world.waker.tick(number) == 1
    assert [one.change.message_id for one in world.waits.all()] == ["m2"]
    assert world.waits.tick.due_at is not None


def test_a_change_that_parks_while_a_tick_is_at_work_is_looked_for_at_its_time(
    world: World,
) -> None:
    """The second look of a cancelled order, half a minute later, must not wait for the others."""
    park(world, StudyNotFoundYet(), change(1), at=Step.INDEX_STUDY)
    cancelled = StudyNotFoundYet()
    busy = iter([cancelled])

    def slow() -> None:
        for error in busy:
            error.until = world.clock.now() + 30 * SECOND
            park(world, error, change(2), at=Step.INDEX_STUDY)

    world.pacs.fails = slow
    assert deliver(world) == [0]
    begin = world.clock.now()
    while not started(world):
        deliver(world)
    assert started(world) == [("m2", 1)]
    assert world.clock.now() - begin == 30 * SECOND


def test_a_patience_that_is_over_wakes_the_change_though_its_circuit_is_open(world: World) -> None:
    break_down(world)
    error = denied()
    error.until = world.clock.now() + 3 * UNIT
    park(world, error, tries=0)
    seen = []
    while not started(world):
        world.circuits.circuits["dmp"] = replace(
            world.circuits.circuits["dmp"], not_before=world.clock.now() + HOUR
        )
        seen += deliver(world)
    assert world.clock.now() == error.until
    assert seen[-1] == 1


def test_a_study_is_started_once_the_pacs_has_it(world: World) -> None:
    begin = world.clock.now()
    park(world, StudyNotFoundYet(), at=Step.INDEX_STUDY)
    assert deliver(world, 3) == [0, 0, 0]
    assert world.clock.now() - begin == 7 * UNIT
    (wait,) = world.waits.all()
    assert (wait.change.waited.looks, wait.change.waited.wake) == (3, 1)
    world.pacs.studies[change().study_instance_uid] = study_index("1.2.1", accession="A")
    assert deliver(world)[-1:] == [1]
    assert world.clock.now() - begin == 15 * UNIT
    assert list(world.workflow.begun.values()) == [Step.INDEX_STUDY]


def test_fifty_studies_are_looked_for_at_a_time_and_none_in_an_outage(world: World) -> None:
    for number in range(1, MOST + 3):
        park(world, StudyNotFoundYet(), change(number))
    before = len(world.calls.names)
    assert deliver(world) == [0]
    assert world.calls.names[before:].count("pacs.has_study") == MOST
    assert deliver(world) == [0]
    assert world.calls.names[before:].count("pacs.has_study") == MOST + 2

    def away() -> None:
        raise PacsUnavailable("503")

    world.pacs.fails = away
    world.clock.advance(2 * UNIT)
    before = len(world.calls.names)
    assert deliver(world) == [0]
    assert world.calls.names[before:].count("pacs.has_study") == 1
    assert all(one.change.waited.looks == 1 for one in world.waits.all())


def test_a_slow_archive_leaves_the_rest_to_the_next_tick(world: World) -> None:
    for number in range(1, 4):
        park(world, StudyNotFoundYet(), change(number))
    world.pacs.fails = lambda: world.clock.advance(timedelta(seconds=41))
    before = len(world.calls.names)
    deliver(world)
    assert world.calls.names[before:].count("pacs.has_study") == 1


def test_ticks_end_when_nobody_waits(world: World) -> None:
    crowd(world, 1)
    world.waits.waits.clear()
    assert deliver(world, 3) == [0]
    assert world.waits.tick.due_at is None


@pytest.mark.parametrize("left", [0, 2])
def test_a_tick_whose_place_another_writer_takes_each_time_is_delivered_again(
    world: World, left: int
) -> None:
    crowd(world, 2)
    world.waits.waits = dict(list(world.waits.waits.items())[:left])
    number, named = world.ticks.messages[-1][0], world.waits.tick
    put: Any = world.waits.put_ticker
    beaten: Any = lambda _: False  # noqa: E731
    world.waits.put_ticker = beaten  # type: ignore[method-assign]
    with pytest.raises(StorageUnavailable, match="too many writers"):
        world.waker.tick(number)
    assert world.waits.tick == named
    world.waits.put_ticker = put  # type: ignore[method-assign]
    world.waker.tick(number)
    assert (world.waits.tick.due_at is not None) is bool(left)


def test_a_tick_that_another_writer_beats_once_sends_the_next_one(world: World) -> None:
    crowd(world, 2)
    put, answers = world.waits.put_ticker, iter([False])
    beaten_once: Any = lambda one: next(answers, True) and put(one)  # noqa: E731
    world.waits.put_ticker = beaten_once  # type: ignore[method-assign]
    assert deliver(world) == [1]
    assert world.waits.tick.is_coming_by(world.clock.now() + UNIT, world.clock.now())
    while world.waits.waits:
        world.circuits.circuits.clear()
        deliver(world)
    assert sorted(started(world)) == [("m1", 1), ("m2", 1)]


def test_the_sweep_begins_the_ticks_of_a_wait_that_has_none(world: World) -> None:
    assert world.waker.sweep() == Swept(0, 0)
    crowd(world, 1)
    world.ticks.messages.clear()
    assert world.waker.sweep() == Swept(1, 0)
    assert world.ticks.messages == []  # one is under way
    world.clock.advance(HOUR)
    assert world.waker.sweep() == Swept(1, 0)
    assert len(world.ticks.messages) == 1


def test_the_sweep_tells_of_a_change_that_nothing_wakes(world: World) -> None:
    crowd(world, 1)
    (wait,) = world.waits.all()
    world.clock.at = wait.until + HOUR
    assert world.waker.sweep() == Swept(1, 0)
    world.clock.advance(SECOND)
    assert world.waker.sweep() == Swept(1, 1)


@pytest.mark.parametrize("calls", range(1, 12))
@pytest.mark.parametrize("after", [False, True])
def test_a_tick_that_is_killed_anywhere_is_made_up_for(
    world: World, calls: int, after: bool
) -> None:
    crowd(world, 2)
    world.circuits.circuits.clear()
    number = world.ticks.messages[-1][0]
    world.calls.names.clear()
    world.calls.kill_at, world.calls.after = calls, after
    for _ in range(2):  # the queue delivers the message again
        try:
            world.waker.tick(number)
        except Killed:
            world.calls.kill_at = 0
            continue
        break
    while world.waits.waits:
        deliver(world)
    assert sorted(started(world)) == [("m1", 1), ("m2", 1)]


@pytest.mark.parametrize("noted", [True, False])
def test_a_note_behind_a_change_that_waits_for_its_study_lets_it_look(
    world: World, *, noted: bool
) -> None:
    """The notes may reject all that is published: that ends at once, not when a patience does."""
    first = admitted(world)
    study = first.study_instance_uid
    if noted:
        world.records.put(reject(world.records.get(study), "note"))
    waited = Waited(wake=3, thing=f"study/{study}", looks=9, since=world.clock.now())
    park(world, StudyNotFoundYet(), replace(first, waited=waited), Step.INDEX_STUDY)
    park(world, StudyNotFoundYet(), change(2), Step.INDEX_STUDY)
    park(world, StudyBusy(), replace(first, message_id="note"), Step.READ_REPORT)
    begin = world.clock.now()
    while not started(world) and world.clock.now() - begin < HOUR / 4:
        deliver(world)
    assert started(world) == ([(first.message_id, 4)] if noted else [])
    assert ("note", study) in world.waits.waits
