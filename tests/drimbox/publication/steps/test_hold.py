"""A hold is two writes, the message's outcome and then the study's record: nothing is lost between.

The outcome comes first: once the record says held, another message may take over from this one and
say so, and that must be the last word.
"""

from __future__ import annotations

import pytest

from functions.drimbox.errors import StudyBusy
from functions.drimbox.oid import Uid
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.message_entry import MessageEntry, Outcome, StudyOutcome
from functions.drimbox.publication.record import State
from functions.drimbox.publication.steps.admit import admit_report
from functions.drimbox.publication.steps.hold import hold_publication
from tests.fakes.world import Killed, World, case

REPORT = case("C")
STUDY = Uid(REPORT.studies[0])
# The calls of a hold to its ports, in order.
CALLS = ["records.get", "messages.set_outcome", "records.put", "audit.record"]


def accepted(world: World, control_id: str) -> Change:
    """A report of the study whose turn has come; each has its own message."""
    message_id = world.send(REPORT, control_id=control_id).message_id
    at = world.clock.now()
    studies = {STUDY: StudyOutcome(Outcome.IN_PROGRESS, "", at)}
    world.log.open(MessageEntry(message_id, at, 0, "", studies))
    return Change("demo", message_id, STUDY, 0)


@pytest.fixture
def first(world: World) -> Change:
    """The message that has the study and is about to be held."""
    change = accepted(world, "1")
    admit_report(world.site, change)
    world.calls.names.clear()
    return change


def outcome(world: World, change: Change) -> tuple[str, str]:
    study = world.entry(change.message_id).studies[STUDY]
    return str(study.outcome), study.reason


def state(world: World) -> State:
    pending = world.records.get(STUDY).pending
    assert pending is not None
    return pending.state


def hold(world: World, change: Change) -> str:
    return hold_publication(world.site, change, "Held", "accession_mismatch")


def killed(world: World, change: Change, number: int, *, after: bool) -> None:
    """A hold that ends before or after the effect of its call ``number``."""
    world.calls.kill_at, world.calls.after = number, after
    with pytest.raises(Killed):
        hold(world, change)
    assert world.calls.names == CALLS[:number]


def test_the_outcome_is_written_before_the_record_is_held(world: World, first: Change) -> None:
    hold(world, first)
    assert world.calls.names[: len(CALLS)] == CALLS
    # The staff is alerted last: the records do not wait for that.
    assert {name.split(".")[0] for name in world.calls.names[len(CALLS) :]} == {"causes", "alerts"}
    assert (outcome(world, first), state(world)) == (("held", "accession_mismatch"), State.HELD)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(1, len(CALLS) + 1))
def test_a_hold_that_is_killed_at_any_call_is_done_again(
    world: World, first: Change, number: int, after: bool
) -> None:
    killed(world, first, number, after=after)
    # A reader now finds no message that says in progress while its study is held.
    assert state(world) is not State.HELD or outcome(world, first)[0] == "held"
    assert hold(world, first) == "accession_mismatch"
    assert (outcome(world, first), state(world)) == (("held", "accession_mismatch"), State.HELD)
    held = [one for one in world.audit.events() if one[0] == "publication.held"]
    assert held == [("publication.held", "accession_mismatch")]


def test_between_the_two_writes_nobody_takes_over_and_after_them_they_have_the_last_word(
    world: World, first: Change
) -> None:
    killed(world, first, CALLS.index("messages.set_outcome") + 1, after=True)
    second = accepted(world, "2")
    assert outcome(world, first) == ("held", "accession_mismatch")
    with pytest.raises(StudyBusy):
        admit_report(world.site, second)
    assert outcome(world, first) == ("held", "accession_mismatch")
    hold(world, first)
    assert admit_report(world.site, second)["outcome"] == "continue"
    assert outcome(world, first) == ("superseded", "")
    assert outcome(world, second) == ("in_progress", "")


def test_a_take_over_that_lands_with_the_hold_has_the_last_word(
    world: World, first: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another message's turn comes at the very moment when the record says held."""
    second = accepted(world, "2")
    put = world.records.put

    def then_taken_over(record: object) -> object:
        stored = put(record)  # type: ignore[arg-type]
        monkeypatch.setattr(world.records, "put", put)
        admit_report(world.site, second)
        return stored

    monkeypatch.setattr(world.records, "put", then_taken_over)
    hold(world, first)
    pending = world.records.get(STUDY).pending
    assert pending is not None
    assert (pending.message_id, pending.supersedes) == (second.message_id, first.message_id)
    assert outcome(world, first) == ("superseded", "")
    assert outcome(world, second) == ("in_progress", "")


def test_a_hold_that_is_done_again_after_a_take_over_leaves_it_the_last_word(
    world: World, first: Change
) -> None:
    killed(world, first, CALLS.index("records.put") + 1, after=True)
    second = accepted(world, "2")
    admit_report(world.site, second)
    assert outcome(world, first) == ("superseded", "")
    hold(world, first)
    assert outcome(world, first) == ("superseded", "")
