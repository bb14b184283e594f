"""One study as the PACS and the DMP show it, in the name of its report."""

from __future__ import annotations

from dataclasses import replace

from functions.drimbox.oid import Uid
from functions.drimbox.publication.inbox import message_key
from functions.drimbox.publication.record import Pending, State, StudyRecord
from functions.drimbox.reconciliation.observing import observe
from functions.drimbox.reconciliation.planning import NotRepairedBecause
from functions.drimbox.report.order_change import write_order_change
from functions.drimbox.report.reading import read_report
from tests.drimbox.publication.note_scenes import note
from tests.drimbox.publication.scenes import FIRST
from tests.drimbox.reconciliation.site import (
    EDITION,
    Archipelago,
    found,
    fresh_report,
    reasons,
    shared_report,
)
from tests.fakes.world import SENDER


def test_an_object_that_the_pacs_has_rejected_is_no_difference(world: Archipelago) -> None:
    """It still lists the object; its note was sent to us, and the manifest follows it."""
    study = world.publish(FIRST)
    assert world.give(note()).failure is None
    world.work()
    assert (world.current(study).version, len(world.pacs.studies[study].series[0].instances)) == (
        2,
        3,
    )
    assert found(world.reconcile("r")) == set()


def test_a_held_first_report_is_asked_for(world: Archipelago) -> None:
    """Its publication was committed after all: nobody would look for it otherwise."""
    report = fresh_report(1)
    reception = world.send(report)
    world.work()  # the PACS has no such study
    study = Uid(report.studies[0])
    assert world.entry(reception.message_id).state == "held"
    assert reasons(world.reconcile("r")) == []
    world.leave_orphan(study)
    assert reasons(world.reconcile("r2")) == [NotRepairedBecause.NOT_SAFE]


def test_nobody_speaks_of_a_study_that_was_never_reported(world: Archipelago) -> None:
    """A rejection note alone makes a record."""
    study = Uid("1.2.3")
    record = StudyRecord(study)
    assert observe(world.site, record, world.sides) is None
    assert world.calls.names == []
    order_id = "f" * 32
    world.publish_at_once(fresh_report(1))
    raw = write_order_change(
        study=study,
        patient=read_report(shared_report()).document.patient.ins,
        who=SENDER,
        control_id="1",
        at=world.clock.now(),
    )
    world.inbox.objects[message_key(order_id)] = raw
    at = world.clock.now()
    pending = Pending(order_id, State.HELD, at, at, 0, 1, EDITION)
    assert observe(world.site, replace(record, pending=pending), world.sides) is None
