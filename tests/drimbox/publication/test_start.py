"""The turn of a message: which studies it starts, and why it may start none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.drimbox.errors import Absent, StartRefused
from functions.drimbox.identity.ins import Ins
from functions.drimbox.oid import Oid, Uid
from functions.drimbox.publication.change import Change, Step
from functions.drimbox.publication.inbox import message_key
from functions.drimbox.publication.message_entry import MessageKind
from functions.drimbox.publication.messages import repair_sender
from functions.drimbox.publication.start import start
from functions.drimbox.report.order_change import write_order_change
from tests.drimbox.publication.scenes import outcome
from tests.fakes.memory import MemoryWorkflow
from tests.fakes.world import TENANT, World, case

PATIENT = Ins(case("C").ins, Oid(case("C").ins_oid))


class Refusing(MemoryWorkflow):
    """Step Functions never takes the start of one study."""

    def __init__(self, refused: Uid | None) -> None:
        super().__init__()
        self.refused = refused

    def start(self, change: Change, at: Step) -> None:
        if change.study_instance_uid == self.refused:
            raise StartRefused("workflow start: InvalidName")
        super().start(change, at)


@pytest.mark.parametrize(
    ("name", "reason"), [("not_for_dmp", "not_for_dmp"), ("restricted", "restricted_document")]
)
def test_a_document_kept_out_of_the_dmp_is_acknowledged_and_not_sent(
    world: World, name: str, reason: str
) -> None:
    report = case("C")
    report = (
        replace(report, flags=replace(report.flags, destdmp=False))
        if name == "not_for_dmp"
        else replace(report, confidentiality="R")
    )
    world.archive_study(report)
    reception = world.send(report)
    assert reception.code == "AA"
    world.work()
    assert world.entry(reception.message_id).state == "ignored"
    assert world.entry(reception.message_id).ignored == reason
    assert world.dmp_calls == 0
    assert ("publication.ignored", reason) in world.audit.events()


def test_a_study_neither_held_nor_stalled_is_not_replayed(world: World) -> None:
    report = case("C")
    world.archive_study(report)
    reception = world.send(report)

    def again() -> int:
        return world.replay(reception.message_id)

    with pytest.raises(Absent):
        again()  # its turn has not come
    message_id, replayed, received_at = world.queue.messages.pop()
    start(world.site, world.workflow, message_id, replay=replayed, received_at=received_at)
    with pytest.raises(Absent):
        again()  # in progress
    world.clock.advance(timedelta(hours=2))
    assert again() == 1  # its execution ended without a word
    world.work()
    assert outcome(world, reception.message_id, report.studies[0]) == ("published", "")
    assert len(world.manifests()) == 1
    with pytest.raises(Absent):
        again()  # published


def test_a_study_whose_start_is_never_taken_stops_no_other(world: World) -> None:
    report = case("F")
    first, second = map(Uid, report.studies)
    world.send(report)
    ((message_id, replay, at),) = world.queue.messages

    workflow = Refusing(first)
    with pytest.raises(StartRefused, match="InvalidName"):
        start(world.site, workflow, message_id, replay=replay, received_at=at)
    assert [one.study_instance_uid for one in workflow.started.values()] == [second]


def test_an_ignored_message_whose_replay_was_refused_in_part_is_replayed_at_its_redelivery(
    world: World,
) -> None:
    """It was told as in progress before, and the redelivery found nothing to start."""
    report = case("F")
    first, second = map(Uid, report.studies)
    world.archive_study(report)
    message_id = world.send(report).message_id
    world.work()
    world.log.entries[message_id] = replace(
        world.entry(message_id), ignored="ignored_sender", studies={}
    )
    at = world.clock.now()
    workflow = Refusing(first)
    for _ in range(2):
        with pytest.raises(StartRefused):
            start(world.site, workflow, message_id, replay=1, received_at=at)
    assert world.entry(message_id).ignored == "ignored_sender"
    workflow.refused = second
    with pytest.raises(StartRefused):
        start(world.site, workflow, message_id, replay=1, received_at=at)
    assert {one.study_instance_uid for one in workflow.started.values()} == {first, second}
    workflow.refused = None
    assert start(world.site, workflow, message_id, replay=1, received_at=at) == 2
    assert world.entry(message_id).ignored == ""


def test_our_own_repair_starts_its_study_in_our_own_name(world: World) -> None:
    study, who = Uid(case("C").studies[0]), repair_sender(TENANT)
    at = world.clock.now()
    raw = write_order_change(study=study, patient=PATIENT, who=who, control_id="1", at=at)
    world.inbox.objects[message_key("f" * 32)] = raw
    assert start(world.site, world.workflow, "f" * 32, replay=0, received_at=at) == 1
    assert [one.study_instance_uid for one in world.workflow.started.values()] == [study]
    entry = world.entry("f" * 32)
    assert (entry.kind, entry.sender) == (MessageKind.REPAIR, "|".join(who))


def test_a_message_of_an_unknown_kind_starts_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "functions.drimbox.publication.start.load_judged", lambda *_, **__: object()
    )
    with pytest.raises(AssertionError):
        start(world.site, world.workflow, "m", replay=0, received_at=world.clock.now())
    assert (world.workflow.started, world.log.entries) == ({}, {})
