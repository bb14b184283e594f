"""A publication of a site behind an agent: it waits for the answer, or for the agent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.drimbox.agents.answering import AnswerDesk, Envelope
from functions.drimbox.agents.presence import SEEN, PacsSeen
from functions.drimbox.agents.site_pacs import AgentPacs
from functions.drimbox.errors import (
    AgentAway,
    AnswerAwaited,
    PacsUnavailable,
    StartRefused,
    StorageUnavailable,
    StudyNotFoundYet,
)
from functions.drimbox.oid import Uid
from functions.drimbox.publication.change import Change, Step, Waited
from functions.drimbox.publication.waiting.looking import Look
from functions.drimbox.publication.waiting.wait import Wait
from tests.drimbox.agents.scenes import AGENT, BEHIND, Place, state, told
from tests.drimbox.publication.waiting.scenes import (
    SECOND,
    SLOT,
    break_down,
    change,
    deliver,
    park,
    started,
)
from tests.fakes.world import TENANT, UNIT, World

KEY = f"index#{'0' * 64}"


@pytest.fixture
def world(world: World) -> World:
    """The demo site behind an agent, which is there."""
    world.tenant = replace(world.tenant, link=BEHIND.link, agents=BEHIND.agents, pacs_url="")
    world.agent_states.put(state(world.clock))
    return world


def pacs(world: World, of: Change) -> AgentPacs:
    asker = {"message": of.message_id, "attempt": str(of.waited.wake)}
    return AgentPacs(world.agent, of.message_id, asker, awaited=of.waited.job)


def index(world: World, of: Change) -> Wait:
    """The step asks the agent, and parks."""
    world.parking.attempt(
        of, Step.INDEX_STUDY, 0, lambda: _found(pacs(world, of).find_study(Uid("1.2.1")))
    )
    return world.waits.waits[of.message_id, of.study_instance_uid]


def _found(study: object) -> dict[str, Any]:
    return {"outcome": "continue", "study": study}


def answering(world: World) -> AnswerDesk:
    """Takes the answers, and wakes at once."""

    def wake(message_id: str, job: str) -> None:
        world.waker.answered(message_id, job)

    place = Place()
    return AnswerDesk(
        "demo", world.agent.desk, world.agent_answers, place.criteria, place.packs, wake
    )


def test_the_answer_wakes_the_change_that_asked(world: World) -> None:
    wait = index(world, change())
    (key,) = world.bell.rung
    assert (wait.thing, wait.at) == (f"job/{key}", Step.INDEX_STUDY)
    assert wait.change.waited == Waited(1, job=key)
    assert wait.due_at == world.clock.now() + UNIT
    answering(world).take(key, Envelope(1, "answered", answer=told()))
    assert (started(world), world.waits.waits) == ([("m1", 1)], {})
    # The woken step reads the answer, and asks nobody.
    assert pacs(world, wait.change).find_study(Uid("1.2.1")) is not None
    assert world.bell.rung == [key]
    # Delivered twice, it wakes nobody twice.
    assert world.waker.answered("m1", key) == 0


def test_an_answer_that_comes_while_the_change_parks_is_seen(world: World) -> None:
    """The answer is written before the wait: its bringer found nobody to wake."""
    before = world.waits.put

    def put(wait: Wait) -> bool:
        if not world.agent.has_answered(wait.change.waited.job):
            answering(world).take(world.bell.rung[0], Envelope(1, "answered", answer=told()))
            assert started(world) == []
        return before(wait)

    world.waits.put = put  # type: ignore[method-assign]
    wait = index(world, change())
    assert wait.due_at == world.clock.now()
    assert world.ticks.messages == [(1, timedelta(0))]
    assert deliver(world) == [1]
    assert started(world) == [("m1", 1)]


def test_an_answer_before_the_change_parks_is_read_at_once(world: World) -> None:
    of = change()
    with pytest.raises(AnswerAwaited):
        pacs(world, of).find_study(Uid("1.2.1"))
    answering(world).take(world.bell.rung[0], Envelope(1, "answered", answer=told()))
    state = world.parking.attempt(
        of, Step.INDEX_STUDY, 1, lambda: _found(pacs(world, of).find_study(Uid("1.2.1")))
    )
    assert state["outcome"] == "continue"
    assert world.waits.waits == {}


def test_an_answer_that_nobody_rings_for_is_looked_at(world: World) -> None:
    wait = index(world, change())
    (key,) = world.bell.rung
    assert world.waker.looker.look(wait) is Look.ABSENT
    assert deliver(world) == [0]
    # As long again as it has waited, ten units at most.
    (later,) = world.waits.all()
    assert later.due_at == world.clock.now() + UNIT
    assert later.change == wait.change
    for minutes in (2, 4, 8, 10, 10):
        world.clock.at = later.due_at
        world.agent_states.put(state(world.clock))
        deliver(world)
        (later,) = world.waits.all()
        assert later.due_at - world.clock.now() == minutes * UNIT
    world.agent.desk.answer(key, 1, word="absent")
    assert world.waker.looker.look(wait) is Look.THERE
    world.clock.at = later.due_at
    assert deliver(world) == [1]


def test_a_wait_for_a_job_leaves_the_former_one_as_it_was(world: World) -> None:
    """A study that the PACS says to have, and then has nothing of it to publish, is looked for at
    a growing pace: the question in between begins no wait of its own."""
    first = park(world, StudyNotFoundYet(), at=Step.INDEX_STUDY, tries=0)
    assert first.due_at == world.clock.now() + UNIT
    asking = index(world, first.change)
    assert asking.change.waited == replace(first.change.waited, wake=2, job=world.bell.rung[0])
    again = park(world, StudyNotFoundYet(), asking.change, Step.INDEX_STUDY, tries=0)
    assert again.due_at == world.clock.now() + 2 * UNIT
    assert again.change.waited == Waited(3, "study/1.2.1", 1, first.since)


@pytest.mark.parametrize("error", [PacsUnavailable("said"), StudyNotFoundYet()])
def test_an_agent_s_word_is_not_tried_again_in_the_execution(world: World, error: Any) -> None:
    wait = park(world, error, at=Step.INDEX_STUDY, tries=0)
    assert wait.due_at == world.clock.now() + UNIT
    assert wait.thing in {"pacs/study/1.2.1", "study/1.2.1"}


def test_a_change_waits_for_an_agent_that_is_away(world: World) -> None:
    world.clock.advance(SEEN)
    wait = index(world, change())
    patience = world.tenant.outage_patience
    assert (wait.thing, wait.due_at) == ("agent", world.clock.now() + patience)
    assert world.bell.rung == []
    assert world.ticks.messages == [(1, UNIT)]
    # Nobody looks at it one by one, and nobody writes.
    assert deliver(world) == [0]
    assert world.waits.all() == (wait,)
    assert world.waits.tick.due_at == world.clock.now() + 10 * UNIT
    world.agent_states.put(state(world.clock))
    world.waker.back()
    assert deliver(world) == [1]
    assert started(world) == [("m1", 1)]


def test_an_agent_that_is_back_while_the_change_parks_is_seen(world: World) -> None:
    world.agent_states.put(state(world.clock, pacs=PacsSeen.UNREACHABLE))

    def away() -> bool:
        world.agent_states.put(state(world.clock))
        return world.agent.is_there()

    wait = park(world, AgentAway(away), at=Step.INDEX_STUDY, tries=0)
    assert wait.thing == "agent"
    assert world.ticks.messages == [(1, timedelta(0))]
    assert deliver(world) == [1]


def other_link(world: World) -> None:
    """The site has no agent any more."""
    world.tenant = replace(TENANT, tenant=world.tenant.tenant)


def test_a_site_that_leaves_its_agent_waits_for_none(world: World) -> None:
    """Nobody comes back, and nobody answers the job: the PACS itself is asked now."""
    asking = index(world, change(1))
    world.clock.advance(SEEN)
    away = index(world, change(2))
    assert (asking.kind, away.thing) == ("job", "agent")
    other_link(world)
    assert sum(deliver(world, 2)) == 2
    assert sorted(started(world)) == [("m1", 1), ("m2", 1)]


def test_a_circuit_of_the_former_link_stops_nobody(world: World) -> None:
    """The PACS was away before the site had an agent: nobody closes its circuit any more."""
    behind = world.tenant
    other_link(world)
    break_down(world, "pacs")
    park(world, PacsUnavailable("away", circuit="pacs"), at=Step.INDEX_STUDY)
    world.tenant = behind
    wait = park(world, PacsUnavailable("it says so"), change(2), Step.INDEX_STUDY, tries=0)
    assert wait.thing == "pacs/study/1.2.2"
    assert deliver(world) == [2]
    assert sorted(started(world)) == [("m1", 1), ("m2", 1)]


def test_fifty_changes_go_on_at_a_time_when_the_agent_is_back(world: World) -> None:
    world.clock.advance(SEEN)
    for number in range(70):
        park(world, AgentAway(bool), change(number), Step.INDEX_STUDY, tries=0)
        world.clock.advance(SECOND)
    world.agent_states.put(state(world.clock))
    world.waker.back()
    assert deliver(world, 2) == [50, 20]


def test_an_answer_that_may_not_start_its_change_now_is_left_to_a_tick(world: World) -> None:
    index(world, change())
    (key,) = world.bell.rung
    world.agent.desk.answer(key, 1, word="absent")
    waker = replace(world.waker, starts=Nobody())
    assert waker.answered("m1", key) == 0
    assert world.ticks.messages[-1][1] == timedelta(0)
    (wait,) = world.waits.all()
    assert wait.due_at == world.clock.now()
    assert deliver(world) == [1]


class Nobody:
    """No start is left in this second."""

    def take(self, wanted: int) -> int:
        return 0


class Refusing:
    """Step Functions takes no execution, for this reason."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def start(self, change: Change, at: Step) -> None:
        raise self.error


def test_a_change_that_cannot_be_started_is_put_off(world: World) -> None:
    index(world, change())
    (key,) = world.bell.rung
    world.agent.desk.answer(key, 1, word="absent")
    waker = replace(world.waker, workflow=Refusing(StorageUnavailable("throttled")))
    with pytest.raises(StorageUnavailable):
        waker.answered("m1", key)
    waker = replace(world.waker, workflow=Refusing(StartRefused("its name")))
    assert waker.answered("m1", key) == 0
    (wait,) = world.waits.all()
    assert wait.not_before == world.clock.now() + 10 * UNIT
    assert [type(error) for _, error in world.not_woken] == [StartRefused]
    assert world.waker.answered("m1", key) == 0


def test_an_answer_for_another_change_wakes_nobody(world: World) -> None:
    index(world, change())
    assert world.waker.answered("m1", KEY) == 0
    assert world.waker.answered("m2", world.bell.rung[0]) == 0
    assert len(world.waits.waits) == 1


def test_each_message_of_the_queue_is_heard(world: World) -> None:
    world.clock.advance(SEEN)
    index(world, change())
    (number, _) = world.ticks.messages[0]
    assert world.waker.hear({"tick": number}) == 0
    world.agent_states.put(state(world.clock))
    assert world.waker.hear({"back": True}) == 0
    assert deliver(world) == [1]
    wait = index(world, change(1))
    (key,) = world.bell.rung
    world.agent.desk.answer(key, 1, word="absent")
    news = {"message_id": wait.change.message_id, "answered": key}
    assert world.waker.hear(news) == 1


def test_a_look_of_an_agent_comes_with_the_next_tick(world: World) -> None:
    looks: list[str] = []

    def looked(wait: Wait) -> AgentPacs:
        looks.append(wait.thing)
        return AgentPacs(world.agent, "m1", {"look": str(wait.change.waited.looks)})

    wait = park(world, StudyNotFoundYet(), at=Step.INDEX_STUDY, tries=0)
    looker = replace(world.waker.looker, pacs=looked)
    assert looker.look(wait) is Look.ASKED
    waker = replace(world.waker, looker=looker)
    world.clock.at = wait.due_at
    assert waker.tick(world.ticks.messages[-1][0]) == 0
    assert world.waits.tick.due_at == world.clock.now() + SLOT
    assert world.waits.all() == (wait,)
    answer = {"studies": [{"study_instance_uid": "1.2.1", "found": True}]}
    answering(world).take(world.bell.rung[-1], Envelope(1, "answered", answer=answer))
    world.clock.advance(SLOT)
    assert waker.tick(world.ticks.messages[-1][0]) == 1
    assert AGENT.name == "salle-1"
    assert len(looks) == 3


def test_a_look_that_failed_is_repeated(world: World) -> None:
    """The agent did not reach the PACS once: its study is looked for again, a minute later."""

    def looked(wait: Wait) -> AgentPacs:
        return AgentPacs(world.agent, "m1", {"look": str(wait.change.waited.looks)})

    wait = park(world, StudyNotFoundYet(), at=Step.INDEX_STUDY, tries=0)
    looker = replace(world.waker.looker, pacs=looked)
    assert looker.look(wait) is Look.ASKED
    (key,) = world.bell.rung
    answering(world).take(key, Envelope(1, "failed", reason="pacs_unavailable"))
    assert looker.look(wait) is Look.UNKNOWN
    world.clock.advance(UNIT)
    assert looker.look(wait) is Look.ASKED
    answer = {"studies": [{"study_instance_uid": "1.2.1", "found": True}]}
    answering(world).take(key, Envelope(2, "answered", answer=answer))
    assert looker.look(wait) is Look.THERE
