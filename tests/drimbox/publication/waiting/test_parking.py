"""A step that cannot go on leaves its change to a wait, and its execution ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.drimbox.errors import (
    DmpUnavailable,
    Held,
    PacsUnavailable,
    StorageUnavailable,
    StudyNotFoundYet,
    Transient,
)
from functions.drimbox.publication.change import CONTINUE, PARKED, Step, Waited
from functions.drimbox.publication.waiting.wait import Wait
from tests.drimbox.publication.waiting.scenes import (
    SLOT,
    answer,
    break_down,
    change,
    denied,
    fail,
    park,
)
from tests.fakes.memory import MemoryWaits
from tests.fakes.world import UNIT, World

HOUR = timedelta(hours=1)


def test_a_step_that_works_goes_on(world: World) -> None:
    state = change().state(outcome=CONTINUE)
    assert world.parking.attempt(change(), Step.INDEX_STUDY, 0, lambda: state) == state
    assert (world.waits.waits, world.ticks.messages) == ({}, [])


@pytest.mark.parametrize("tries", [0, 4])
@pytest.mark.parametrize("error", [StudyNotFoundYet(), DmpUnavailable("503")])
def test_a_short_wait_stays_in_the_execution(world: World, error: Transient, tries: int) -> None:
    with pytest.raises(type(error)):
        world.parking.attempt(change(), Step.INDEX_STUDY, tries, fail(error))
    assert (world.waits.waits, world.ticks.messages) == ({}, [])


@pytest.mark.parametrize("error", [Held("dmp_refused"), StorageUnavailable("away")])
def test_an_error_that_is_no_wait_is_never_parked(world: World, error: Exception) -> None:
    world.parking  # noqa: B018
    with pytest.raises(type(error)):
        world.parking.attempt(change(), Step.INDEX_STUDY, 99, fail(error))  # type: ignore[arg-type]
    assert world.waits.waits == {}


def test_a_study_that_does_not_come_is_looked_for_after_growing_pauses(world: World) -> None:
    now = world.clock.now()
    error = StudyNotFoundYet()
    error.until = now + HOUR
    wait = park(world, error, at=Step.INDEX_STUDY)
    waited = Waited(1, "study/1.2.1", 0, now)
    assert wait == Wait(
        change(waited=waited),
        Step.INDEX_STUDY,
        "study/1.2.1",
        now,
        now + UNIT,
        now + HOUR,
        patience=UNIT,
    )
    assert world.ticks.messages == [(1, UNIT)]
    world.clock.advance(UNIT)
    # The woken execution meets the same: it parks at its first try, and the pause is longer.
    again = park(world, error, of=wait.change, at=Step.INDEX_STUDY, tries=0)
    assert (again.since, again.due_at) == (now, world.clock.now() + 2 * UNIT)
    assert again.change.waited == Waited(2, "study/1.2.1", 1, now)


def test_another_wait_begins_anew(world: World) -> None:
    wait = park(world, StudyNotFoundYet())
    world.clock.advance(UNIT)
    with pytest.raises(DmpUnavailable):
        world.parking.attempt(wait.change, Step.PUBLISH_MANIFEST, 0, fail(DmpUnavailable("503")))
    later = park(world, DmpUnavailable("503"), of=wait.change)
    assert later.change.waited == Waited(2, "dmp/study/1.2.1", 0, world.clock.now())


def test_an_open_circuit_parks_at_once(world: World) -> None:
    break_down(world)
    wait = park(world, denied(), tries=0)
    patience = world.tenant.outage_patience
    assert (wait.thing, wait.due_at) == ("dmp", world.clock.now() + patience)
    assert world.ticks.messages == [(1, UNIT)]


def test_the_failure_that_opens_a_circuit_parks_too(world: World) -> None:
    break_down(world, "pacs")
    assert park(world, PacsUnavailable("503"), tries=0).thing == "pacs"


def test_a_circuit_that_has_closed_meanwhile_is_looked_at_soon(world: World) -> None:
    break_down(world)
    world.clock.advance(UNIT)

    class Slow(MemoryWaits):
        def put(self, wait: Wait) -> bool:
            answer(world)
            return super().put(wait)

    world.waits = Slow()
    park(world, denied(), tries=0)
    assert world.ticks.messages == [(1, SLOT)]


def test_a_time_that_the_service_has_named_for_one_study_is_a_wait_of_that_study(
    world: World,
) -> None:
    assert park(world, denied("dmp/study/1.2.1"), tries=0).thing == "dmp/study/1.2.1"


def test_a_patience_that_is_over_still_gives_a_pause(world: World) -> None:
    error = StudyNotFoundYet()
    error.until = world.clock.now() - HOUR
    assert park(world, error).due_at == world.clock.now() + SLOT


def test_a_later_wait_of_the_same_study_stands(world: World) -> None:
    later = park(world, StudyNotFoundYet(), of=replace(change(), replay=1))
    earlier = world.parking.attempt(change(), Step.INDEX_STUDY, 5, fail(StudyNotFoundYet()))
    assert earlier["outcome"] == PARKED
    assert world.waits.all() == (later,)
