"""One study as the PACS and the DMP show it, in the name of its report."""

from __future__ import annotations

from functions.drimbox.oid import Uid
from functions.drimbox.reconciliation.planning import NotRepairedBecause
from tests.drimbox.publication.note_scenes import note
from tests.drimbox.publication.scenes import FIRST
from tests.drimbox.reconciliation.site import (
    Archipelago,
    found,
    fresh_report,
    reasons,
)


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
