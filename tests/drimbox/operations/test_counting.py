"""The numbers on the queue's tabs."""

from __future__ import annotations

from datetime import timedelta

from functions.drimbox.oid import Uid
from functions.drimbox.operations.counting import MOST_COUNTED, waiting
from functions.drimbox.publication.message_entry import MessageEntry, Outcome, StudyOutcome
from tests.drimbox.operations.conftest import Reported
from tests.fakes.world import World


def test_what_waits_is_counted_and_what_is_done_is_not(held: Reported) -> None:
    world = held.world
    at = world.clock.now()
    going = {Uid("1.2"): StudyOutcome(Outcome.IN_PROGRESS, "", at)}
    world.log.open(MessageEntry("m2", at, 0, "", going))
    assert waiting(world.at_rest) == {"held": 1, "in_progress": 1, "stalled": 0, "unknown": 0}
    world.clock.advance(timedelta(hours=2))
    assert waiting(world.at_rest)["stalled"] == 1


def test_a_count_has_an_end(world: World) -> None:
    at = world.clock.now()
    for number in range(MOST_COUNTED + 5):
        outcome = {Uid("1.2"): StudyOutcome(Outcome.HELD, "dmp_refused", at)}
        world.log.open(MessageEntry(f"m{number}", at, 0, "", outcome))
    assert waiting(world.at_rest)["held"] == MOST_COUNTED + 1
