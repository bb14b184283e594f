"""Another try: one, or a whole cause."""

from __future__ import annotations

from datetime import timedelta

import pytest

from functions.drimbox.errors import Absent, BadRequest
from functions.drimbox.operations import queue, replaying
from functions.drimbox.operations.replaying import replay_cause, replay_pages
from functions.drimbox.publication.message_entry import Outcome, StudyOutcome
from functions.drimbox.wording.held import CONFIRMED_IN_BULK
from simulators.ris.cases import Case
from tests.drimbox.operations.conftest import OTHER, Reported, report
from tests.fakes.world import OPERATOR, World, case

BULK = "cause.replayed"
CASES: list[Case] = [case("C", f"token{number}") for number in range(5)]


def held_reports(world: World) -> list[str]:
    return [report(world, one, control_id=str(n)).id for n, one in enumerate(CASES)]


def test_a_whole_cause_is_replayed_page_by_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PAGE", 2)
    wanted = held_reports(world)
    for one in CASES:
        world.archive_study(one)
    replayed: list[str] = []
    after = None
    while True:
        bulk = replay_cause(
            world.at_rest, world.queue, OPERATOR, reason="study_not_found", after=after
        )
        assert len(bulk.replayed) <= 2
        replayed += bulk.replayed
        if (after := bulk.next) is None:
            break
    assert sorted(replayed) == sorted(wanted)
    world.work()
    assert {world.entry(one).state for one in wanted} == {"published"}
    assert len(world.manifests()) == len(CASES)
    audited = [key for event, key, _ in world.audit.records if event == "publication.replayed"]
    assert sorted(audited) == sorted(f"{one}/1" for one in wanted)
    assert ("cause.replayed", "study_not_found") in world.audit.events()


def test_one_click_replays_the_pages_of_a_cause_up_to_a_limit(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PAGE", 2)
    wanted = held_reports(world)

    def click() -> int:
        bulk = replay_pages(world.at_rest, world.queue, OPERATOR, reason="study_not_found")
        return len(bulk.replayed)

    monkeypatch.setattr(replaying, "MOST_AT_ONCE", 3)
    assert click() == 4
    assert len({one for one, _, _ in world.queue.messages} & set(wanted)) == 4
    monkeypatch.setattr(replaying, "MOST_AT_ONCE", 100)
    assert click() == 5


def test_only_that_cause_is_replayed(held: Reported) -> None:
    bulk = replay_cause(
        held.world.at_rest, held.world.queue, OPERATOR, reason="dmp_refused", after=None
    )
    assert (bulk.replayed, bulk.next) == ((), None)
    assert held.world.queue.messages == []
    with pytest.raises(BadRequest):
        replay_cause(held.world.at_rest, held.world.queue, OPERATOR, reason="why", after=None)


def test_a_published_study_is_not_replayed(published: Reported) -> None:
    with pytest.raises(Absent):
        published.world.replay(published.id)


def test_a_cause_that_is_confirmed_one_by_one_is_not_replayed_as_a_whole(held: Reported) -> None:
    with pytest.raises(BadRequest) as refused:
        replay_cause(
            held.world.at_rest,
            held.world.queue,
            OPERATOR,
            reason="known_traits_mismatch",
            after=None,
        )
    assert refused.value.code == "one_by_one"
    assert held.world.queue.messages == []


@pytest.mark.parametrize("reason", sorted(CONFIRMED_IN_BULK))
def test_a_replay_of_many_is_confirmed_where_the_patient_is_in_question(
    held: Reported, reason: str
) -> None:
    world = held.world
    with pytest.raises(BadRequest) as refused:
        replay_cause(world.at_rest, world.queue, OPERATOR, reason=reason, after=None)
    assert refused.value.code == "not_confirmed"
    with pytest.raises(BadRequest) as refused:
        replay_pages(world.at_rest, world.queue, OPERATOR, reason=reason)
    assert refused.value.code == "not_confirmed"
    assert world.queue.messages == []
    at = world.clock.now()
    world.log.set_outcome(held.id, held.study, StudyOutcome(Outcome.HELD, reason, at))
    told = replay_pages(world.at_rest, world.queue, OPERATOR, reason=reason, seen=at)
    assert told.replayed == (held.id,)
    assert [message for message, _, _ in world.queue.messages] == [held.id]


@pytest.mark.parametrize("reason", sorted(CONFIRMED_IN_BULK))
@pytest.mark.parametrize("outcome", [Outcome.HELD, Outcome.IN_PROGRESS])
def test_a_replay_of_another_cause_leaves_out_a_message_whose_patient_is_in_question(
    held: Reported, reason: str, outcome: Outcome
) -> None:
    """One replay starts every study of the message, and asks for no reason."""
    world, asked = held.world, held.outcome.reason
    other = StudyOutcome(outcome, reason, world.clock.now())
    world.log.set_outcome(held.id, OTHER, other)
    for bulk in (
        replay_cause(world.at_rest, world.queue, OPERATOR, reason=asked, after=None),
        replay_pages(world.at_rest, world.queue, OPERATOR, reason=asked),
    ):
        left_out = (held.id,) if outcome is Outcome.HELD else ()
        assert bulk.left_out == left_out
        assert bulk.replayed == (() if left_out else (held.id,))
    counted = {fact["left_out"] for (e, _, _), fact in world.audit.records.items() if e == BULK}
    assert counted == {str(len(left_out))}


def test_a_tick_for_one_difference_confirms_no_other(held: Reported) -> None:
    world, at = held.world, held.world.clock.now()
    for study, reason in ((held.study, "patient_mismatch"), (OTHER, "traits_mismatch")):
        world.log.set_outcome(held.id, study, StudyOutcome(Outcome.HELD, reason, at))
    bulk = replay_pages(world.at_rest, world.queue, OPERATOR, reason="traits_mismatch", seen=at)
    assert (bulk.replayed, bulk.left_out) == ((), (held.id,))
    assert world.queue.messages == []


def test_a_study_that_is_held_after_the_page_was_shown_is_not_confirmed(held: Reported) -> None:
    world, reason, shown = held.world, "patient_mismatch", held.world.clock.now()
    later = StudyOutcome(Outcome.HELD, reason, shown + timedelta(seconds=1))
    world.log.set_outcome(held.id, held.study, later)
    bulk = replay_pages(world.at_rest, world.queue, OPERATOR, reason=reason, seen=shown)
    assert (bulk.replayed, bulk.left_out) == ((), (held.id,))
    assert world.queue.messages == []


def test_both_differences_of_a_patient_are_confirmed() -> None:
    assert {"patient_mismatch", "traits_mismatch"} == CONFIRMED_IN_BULK
