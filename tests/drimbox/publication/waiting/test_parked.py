"""The studies of a message that wait, as operators and replays see them."""

from __future__ import annotations

from functions.drimbox.errors import DmpUnavailable
from functions.drimbox.operations.replaying import replay
from functions.drimbox.publication.message_entry import Outcome, StudyOutcome
from functions.drimbox.publication.replayable import replayable_studies
from functions.drimbox.publication.start import start
from functions.drimbox.publication.waiting.parked import parked_studies
from tests.drimbox.publication.waiting.scenes import park, started
from tests.fakes.world import OPERATOR, World, case


def waiting(world: World) -> str:
    """A report waits for the DMP outside the workflow; the message's identifier."""
    world.send(case("C"))
    ((message_id, number, at),) = world.queue.messages
    world.queue.messages.clear()
    start(world.site, world.workflow, message_id, replay=number, received_at=at)
    (change,) = world.workflow.started.values()
    park(world, DmpUnavailable("503"), change)
    return message_id


def test_a_study_that_waits_is_replayed_at_once(world: World) -> None:
    message_id = waiting(world)
    entry = world.entry(message_id)
    (study,) = entry.studies
    assert replayable_studies(world.site, entry, world.clock.now()) == {study}
    assert parked_studies(world.site, entry)[study].kind == "dmp/study"
    number = replay(world.at_rest, world.queue, OPERATOR, message_id=message_id)
    start(world.site, world.workflow, message_id, replay=number, received_at=world.clock.now())
    assert [key[2] for key in world.workflow.started] == [0, 1]
    assert started(world) == [(message_id, 0), (message_id, 0)]


def test_a_study_that_has_ended_does_not_wait(world: World) -> None:
    """An execution beside it may have left a wait that nobody has woken yet."""
    message_id = waiting(world)
    (study,) = world.entry(message_id).studies
    told = StudyOutcome(Outcome.PUBLISHED, "", world.clock.now())
    world.log.set_outcome(message_id, study, told)
    before = len(world.calls.names)
    assert parked_studies(world.site, world.entry(message_id)) == {}
    assert world.calls.names[before:] == []
    assert replayable_studies(world.site, world.entry(message_id), world.clock.now()) == frozenset()
