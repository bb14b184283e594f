"""Repairs: once, by the ways that exist, and never against a change that came in between."""

from __future__ import annotations

from dataclasses import replace

from functions.drimbox.errors import DmpRefused
from functions.drimbox.publication.record import State
from functions.drimbox.reconciliation.planning import NotRepairedBecause, Repair
from functions.drimbox.reconciliation.running import run_page
from tests.drimbox.reconciliation.site import (
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
        run_page(world.site, world.tools, "r", number, world.clock.now())
    assert (world.queue.messages, world.records.records[study]) == ([], record)
    assert world.registry_of_all.sends == sent
    assert [event for event, _ in world.audit.events()].count("reconciliation.repaired") == 1


def test_a_change_that_comes_before_the_repair_is_left_alone(world: Archipelago) -> None:
    study = world.publish(fresh_report(1))
    world.forget_manifest(study)
    listed = world.archive.put_once

    def meanwhile(key: str, data: bytes, content_type: str = "") -> bool:
        if key == "reconciliation/r/00002.json":
            world.hold_at_once(study)
        return listed(key, data, content_type)

    world.archive.put_once = meanwhile  # type: ignore[method-assign]
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
