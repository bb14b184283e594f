"""An operator's withdrawal takes its turn as a message does, and nothing older comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from functions.drimbox.errors import Absent, BadRequest, StorageUnavailable
from functions.drimbox.oid import Uid
from functions.drimbox.operations.view import view
from functions.drimbox.operations.withdrawing import withdraw, withdrawal_of
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.message_entry import MessageEntry
from functions.drimbox.publication.record import State
from functions.drimbox.publication.steps.admit import admit_report
from functions.drimbox.wording.held import HELD_REASONS
from tests.drimbox.operations.conftest import CASE, STUDY, Reported, active, report
from tests.fakes.world import OPERATOR, World, case


def order(published: Reported) -> str:
    world = published.world
    return withdraw(world.at_rest, world.queue, OPERATOR, message_id=published.id, study=STUDY)


def test_the_manifest_leaves_the_dmp(published: Reported) -> None:
    world = published.world
    ordered = order(published)
    world.work()
    assert active(world) == []
    record = world.records.get(STUDY)
    assert record.current is None
    assert record.withdrawn is not None
    assert record.withdrawn.message_id == ordered
    assert world.entry(ordered).state == "withdrawn"
    seen = view(world.at_rest, world.archive, world.known, OPERATOR, ordered)
    assert (seen["kind"], seen["ordered_by"]) == ("withdrawal", "operator-1")
    (facts,) = [f for (e, *_), f in world.audit.records.items() if e == "manifest.withdrawn"]
    assert (facts["who"], facts["ins"]) == ("operator-1", CASE.ins)
    assert ("withdrawal.ordered", "queued") in world.audit.events()


def test_ordered_twice_it_is_one(published: Reported) -> None:
    world = published.world
    assert order(published) == order(published)
    world.work()
    world.work()
    assert [e for e in world.audit.events() if e[0] == "manifest.withdrawn"] == [
        ("manifest.withdrawn", "success")
    ]
    with pytest.raises(Absent):
        order(published)


def test_a_step_that_is_tried_again_does_nothing_twice(published: Reported) -> None:
    world = published.world
    change = Change("demo", order(published), STUDY, 0)
    world.log.open(MessageEntry(change.message_id, world.clock.now(), 0, ""))
    assert admit_report(world.at_rest, change)["outcome"] == "continue"
    taken = world.records.get(STUDY)
    assert admit_report(world.at_rest, change)["outcome"] == "continue"
    assert world.records.get(STUDY) == taken
    world.work()
    assert active(world) == []


def test_the_same_report_does_not_come_back_and_a_later_one_does(published: Reported) -> None:
    world = published.world
    order(published)
    world.work()
    again = report(world, CASE, control_id="again")
    assert again.outcome.outcome == "superseded"
    corrected = replace(
        CASE, cda_id=f"{CASE.cda_id}.2", version=2, replaces=CASE.cda_id, action="RO"
    )
    later = report(world, corrected, control_id="later")
    assert later.outcome.outcome == "published"
    assert len(active(world)) == 1


def test_a_held_correction_gives_way(published: Reported) -> None:
    """A correction that is not for the DMP is held: the operator withdraws what it corrects."""
    world = published.world
    flags = replace(CASE.flags, destdmp=False)
    corrected = replace(
        CASE, cda_id=f"{CASE.cda_id}.2", version=2, replaces=CASE.cda_id, action="RO", flags=flags
    )
    held = report(world, corrected, control_id="2")
    assert held.outcome.reason == "correction_not_shared"
    order(published)
    world.work()
    assert active(world) == []
    assert held.outcome.outcome == "superseded"


def test_it_waits_for_what_may_be_in_the_dmp(published: Reported) -> None:
    world = published.world
    corrected = replace(
        CASE, cda_id=f"{CASE.cda_id}.2", version=2, replaces=CASE.cda_id, action="RO"
    )
    kept_out = replace(corrected, flags=replace(CASE.flags, destdmp=False))
    report(world, kept_out, control_id="2")
    record = world.records.get(STUDY)
    assert record.pending is not None
    world.records.put(replace(record, pending=replace(record.pending, in_doubt=True)))
    ordered = order(published)
    world.work()
    outcome = world.entry(ordered).studies[STUDY]
    assert (outcome.outcome, outcome.reason) == ("held", "change_pending")
    assert len(active(world)) == 1


@pytest.mark.parametrize("number", range(1, 40, 4))
def test_killed_anywhere_it_goes_on(published: Reported, number: int) -> None:
    world = published.world
    ordered = order(published)
    world.calls.kill_at = len(world.calls.names) + number
    world.work()
    assert world.entry(ordered).state == "withdrawn"
    assert active(world) == []


def test_a_study_already_withdrawn_is_unchanged(published: Reported) -> None:
    world = published.world
    ordered = order(published)
    record = world.records.get(STUDY)
    world.records.put(replace(record, current=None))
    world.work()
    assert world.entry(ordered).state == "unchanged"


def test_another_publications_manifest_is_not_withdrawn(
    published: Reported,
) -> None:
    world = published.world
    for message_id, study in ((published.id, Uid("1.2.3")), ("m", STUDY)):
        with pytest.raises(Absent):
            withdraw(world.at_rest, world.queue, OPERATOR, message_id=message_id, study=study)
    assert world.queue.messages == []


def test_a_withdrawal_that_the_dmp_refused_is_held_and_replayed(published: Reported) -> None:
    world = published.world
    world.tenant = replace(world.tenant, outage_patience=timedelta(hours=1))
    ordered = order(published)
    world.dmp_fault = lambda request, _: httpx.Response(503, request=request)
    world.work()
    outcome = world.entry(ordered).studies[STUDY]
    assert outcome.reason in HELD_REASONS
    assert world.records.get(STUDY).pending is not None
    world.dmp_fault = None
    world.replay(ordered)
    world.work()
    assert world.entry(ordered).state == "withdrawn"
    pending = world.records.get(STUDY).pending
    assert pending is None or pending.state is not State.HELD


@pytest.mark.parametrize(
    "facts", [{}, {"study": "1.2"}, {"study_instance_uid": 7}, {"study_instance_uid": "x"}]
)
def test_a_study_is_named(facts: dict[str, object]) -> None:
    with pytest.raises(BadRequest):
        withdrawal_of(facts)
    assert withdrawal_of({"study_instance_uid": "1.2.3"}) == ("1.2.3", "")
    given = {"study_instance_uid": "1.2.3", "reason": " Wrong patient "}
    assert withdrawal_of(given) == ("1.2.3", "Wrong patient")
    for reason in ("", "two\nlines", 7):
        with pytest.raises(BadRequest):
            withdrawal_of({"study_instance_uid": "1.2.3", "reason": reason})


def test_two_studies_of_one_report_are_withdrawn_apart(world: World) -> None:
    two = case("F")
    world.archive_study(two)
    seen = report(world, two)
    first, second = two.studies
    withdraw(world.at_rest, world.queue, OPERATOR, message_id=seen.id, study=Uid(first))
    world.work()
    assert world.records.get(Uid(first)).current is None
    assert world.records.get(Uid(second)).current is not None


def test_the_reason_is_shown_and_audited(published: Reported) -> None:
    world = published.world
    order = withdraw(
        world.at_rest,
        world.queue,
        OPERATOR,
        message_id=published.id,
        study=STUDY,
        reason="Wrong patient",
    )
    world.work()
    facts = view(world.at_rest, world.archive, world.known, OPERATOR, order)
    assert (facts["reason"], facts["ordered_by"]) == ("Wrong patient", OPERATOR.subject)
    [audited] = [
        one for (event, *_), one in world.audit.records.items() if event == "withdrawal.ordered"
    ]
    assert audited["reason"] == "Wrong patient"


def test_an_order_that_is_not_audited_is_not_there_for_a_sweep(
    published: Reported, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator hears of a failure: nothing may carry the order out later."""
    world = published.world

    def away(*_: object, **__: object) -> None:
        raise StorageUnavailable("audit")

    monkeypatch.setattr(world.audit, "record", away)
    before = set(world.inbox.objects)
    with pytest.raises(StorageUnavailable):
        order(published)
    assert set(world.inbox.objects) == before
