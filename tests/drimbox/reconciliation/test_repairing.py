"""Repairs: once, by the ways that exist, and never against a change that came in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from functions.drimbox.errors import DmpRefused, StudyBusy
from functions.drimbox.oid import Uid
from functions.drimbox.publication.message_entry import MessageEntry
from functions.drimbox.publication.record import Pending, State
from functions.drimbox.reconciliation.differences import Difference, DifferenceCause
from functions.drimbox.reconciliation.planning import Decision, NotRepairedBecause, Repair
from functions.drimbox.reconciliation.repairing import repair
from functions.drimbox.reconciliation.running import run_page
from functions.drimbox.tenants.reconciliation_policy import DifferenceKind
from tests.drimbox.reconciliation.site import (
    EDITION,
    Archipelago,
    fresh_report,
    reasons,
)


def test_a_manifest_is_sent_again_once_however_late_its_step_runs_again(
    world: Archipelago,
) -> None:
    study = world.publish(fresh_report(1))
    world.forget_manifest(study)
    pages = world.reconcile("r")
    world.work()
    sent, record = world.registry_of_all.sends, world.records.records[study]
    assert record.pending is None
    for number in range(len(pages)):  # somebody starts the same run from its beginning
        run_page(world.site, world.tools, "r", number, 0)
    assert (world.queue.messages, world.records.records[study]) == ([], record)
    assert world.registry_of_all.sends == sent
    assert [event for event, _ in world.audit.events()].count("reconciliation.repaired") == 1


def test_a_change_that_comes_before_the_repair_is_left_alone(world: Archipelago) -> None:
    study = world.publish(fresh_report(1))
    world.forget_manifest(study)
    listed = world.reconciliations.put_once

    def meanwhile(key: str, data: bytes, content_type: str = "") -> bool:
        if key == "r/00002.json":
            world.hold_at_once(study)
        return listed(key, data, content_type)

    world.reconciliations.put_once = meanwhile  # type: ignore[method-assign]
    assert reasons(world.reconcile("r")) == [Repair.SEND_AGAIN]
    assert world.queue.messages == []
    assert ("reconciliation.repaired", "send_again") not in world.audit.events()


def test_a_repair_that_does_not_help_is_not_done_again(world: Archipelago) -> None:
    study = world.publish_at_once(fresh_report(1))
    world.gain_object(study)
    assert reasons(world.reconcile("r1")) == [Repair.LOOK_AGAIN]
    # Its message is held: the images are of somebody else by now.
    world.pacs.studies[study] = replace(world.pacs.studies[study], patient_id="SOMEBODY")
    world.work()
    assert reasons(world.reconcile("r2")) == [NotRepairedBecause.CHANGE_HELD]
    # Closed without an effect, the same difference is there, and was tried.
    record = world.records.records[study]
    world.records.records[study] = replace(record, pending=None)
    assert reasons(world.reconcile("r3")) == [NotRepairedBecause.TRIED_BEFORE]
    assert world.queue.messages == []


def test_a_manifest_that_the_dmp_refuses_is_not_sent_night_after_night(
    world: Archipelago,
) -> None:
    study = world.publish(fresh_report(1))
    world.forget_manifest(study)
    assert reasons(world.reconcile("r1")) == [Repair.SEND_AGAIN]

    def refuse(submission: object) -> None:
        raise DmpRefused(("XDSRegistryError",))

    world.registry_of_all.submit = refuse  # type: ignore[method-assign]
    world.work()
    record = world.records.records[study]
    assert record.pending is not None
    assert (record.pending.state, record.pending.reason) == (State.HELD, "dmp_refused")
    assert reasons(world.reconcile("r2")) == [NotRepairedBecause.TRIED_BEFORE]


LATER: Final = timedelta(hours=1)


def lost(study: Uid, how: Repair) -> Decision:
    """A decision about a manifest that the DMP lacks."""
    kind, cause = DifferenceKind.MISSING_MANIFEST, DifferenceCause.UNKNOWN_TO_DMP
    return Decision(Difference(study, kind, cause, "2.25.1", mark="0" * 19), how)


def ask(world: Archipelago, decision: Decision, *, ago: timedelta = timedelta()) -> None:
    """Repair what was decided that long ago."""
    at = world.clock.now() - ago
    repair(world.site, world.queue, "r", decision, decided_at=at)


def test_a_study_without_report_is_not_looked_at_again(world: Archipelago) -> None:
    ask(world, lost(Uid("1.2.3"), Repair.LOOK_AGAIN))
    assert (world.queue.messages, world.audit.events()) == ([], [])


def test_a_repair_whose_turn_has_come_is_not_queued_again(world: Archipelago) -> None:
    decision = lost(world.publish_at_once(fresh_report(1)), Repair.LOOK_AGAIN)
    ask(world, decision)
    ((order_id, *_),) = world.queue.messages
    ask(world, decision)
    assert len(world.queue.messages) == 2, "its turn has not come: maybe it was never queued"
    world.log.open(MessageEntry(order_id, world.clock.now(), 0, ""))
    ask(world, decision)
    assert len(world.queue.messages) == 2


def test_a_manifest_that_was_sent_since_is_not_sent_again(world: Archipelago) -> None:
    study = world.publish_at_once(fresh_report(1))
    record = world.records.records[study]
    world.records.records[study] = replace(
        record, current=replace(world.current(study), published_at=world.clock.now())
    )
    ask(world, lost(study, Repair.SEND_AGAIN), ago=LATER)
    assert (world.queue.messages, world.records.records[study].pending) == ([], None)


def test_a_record_that_another_writer_changes_meanwhile_is_left_to_it(
    world: Archipelago, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = world.publish_at_once(fresh_report(1))

    def busy(_: object) -> None:
        raise StudyBusy

    monkeypatch.setattr(world.records, "put", busy)
    ask(world, lost(study, Repair.SEND_AGAIN))
    assert (world.queue.messages, world.audit.events()) == ([], [])


def test_a_change_that_is_on_its_way_is_not_queued_again(world: Archipelago) -> None:
    study = world.publish_at_once(fresh_report(1))
    at, record = world.clock.now(), world.records.records[study]
    pending = Pending(world.current(study).message_id, State.UNKNOWN, at, at, 0, 1, EDITION)
    world.records.records[study] = replace(record, pending=pending)
    ask(world, lost(study, Repair.SEND_AGAIN))
    assert world.queue.messages == []


def test_a_change_that_is_held_for_the_lost_manifest_is_replayed(world: Archipelago) -> None:
    study = world.publish_at_once(fresh_report(1))
    at, record = world.clock.now(), world.records.records[study]
    message_id = world.current(study).message_id
    held = Pending(message_id, State.HELD, at, at, 0, 1, EDITION, reason="dmp_refused")
    world.records.records[study] = replace(record, pending=held)
    ask(world, lost(study, Repair.SEND_AGAIN))
    ((queued, replay, _),) = world.queue.messages
    assert (queued, replay) == (message_id, 1)
