"""The oldest message in progress, by its arrival."""

from __future__ import annotations

from datetime import timedelta

import pytest

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.oid import Uid
from functions.drimbox.operations import oldest_message as module
from functions.drimbox.operations.oldest_message import OldestMessage, describe, oldest_message
from functions.drimbox.publication.change import Change, Step
from functions.drimbox.publication.message_entry import MessageEntry, Outcome, StudyOutcome
from functions.drimbox.publication.start import start
from tests.fakes.world import World, case

HOUR = timedelta(hours=1)


def message(world: World, number: int, *, ago: int, outcome: Outcome = Outcome.IN_PROGRESS) -> None:
    now = world.clock.now()
    study = StudyOutcome(outcome, "", now - number * timedelta(minutes=1))
    world.log.open(MessageEntry(f"m{number}", now - ago * HOUR, 0, "", {Uid("1.2.3"): study}))


def test_where_nothing_is_in_progress_there_is_none(world: World) -> None:
    assert oldest_message(world.at_rest) is None
    message(world, 1, ago=9, outcome=Outcome.PUBLISHED)
    assert oldest_message(world.at_rest) is None


def test_the_first_that_came_is_the_oldest_whatever_changed_last(world: World) -> None:
    for number, ago in enumerate((2, 7, 3)):
        message(world, number, ago=ago)
    found = OldestMessage(world.clock.now() - 7 * HOUR, whole=True)
    assert oldest_message(world.at_rest) == found


def test_a_message_that_no_workflow_takes_yet_is_told_too(world: World) -> None:
    """Its start comes back by the queue for days; its entry is there before."""

    class Away:
        def start(self, change: Change, at: Step) -> None:
            raise StorageUnavailable("workflow start")

    received = world.clock.now()
    one = world.send(case("C")).message_id
    world.clock.advance(HOUR)
    with pytest.raises(StorageUnavailable):
        start(world.at_rest, Away(), one, replay=0, received_at=received)
    assert oldest_message(world.at_rest) == OldestMessage(received, whole=True)


def test_beyond_its_page_the_message_without_change_for_longest_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAGE", 1)
    for number in range(3):
        message(world, number, ago=number)
    found = OldestMessage(world.clock.now() - 2 * HOUR, whole=False)
    assert oldest_message(world.at_rest) == found


def test_as_json_it_is_a_time_or_null(world: World) -> None:
    at = world.clock.now()
    assert describe(None) is None
    told = {"received_at": at.isoformat(), "whole": False}
    assert describe(OldestMessage(at, whole=False)) == told
