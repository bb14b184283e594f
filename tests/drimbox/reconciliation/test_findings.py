"""Findings: a page that its first writer keeps, the last run, and nothing of a patient."""

from __future__ import annotations

import json
from dataclasses import replace

from functions.drimbox.oid import Uid
from functions.drimbox.reconciliation.differences import Difference, DifferenceCause
from functions.drimbox.reconciliation.findings import (
    Page,
    Position,
    Totals,
    close,
    keep_page,
    last_run,
    read_page,
)
from functions.drimbox.reconciliation.planning import Decision, Repair
from functions.drimbox.tenants.reconciliation_policy import DifferenceKind
from tests.drimbox.reconciliation.site import (
    Archipelago,
    fresh_report,
)
from tests.fakes.memory import MemoryBlobs


def test_nothing_of_a_patient_is_in_what_is_kept(world: Archipelago) -> None:
    report = fresh_report(1)
    study = world.publish(report)
    world.gain_object(study)
    world.reconcile("r")
    kept = world.reconciliations.objects
    assert kept.keys() >= {"last.json", "r/00000.json"}
    for text in (report.ins, report.traits.family, report.orders[0].accession, report.ipp):
        assert text not in json.dumps([v.decode() for v in kept.values()])


def page(number: int, *studies: str) -> Page:
    """A page on which each of ``studies`` has one difference."""
    decisions = tuple(
        Decision(
            Difference(
                Uid(study), DifferenceKind.STUDY_CHANGED, DifferenceCause.OBJECTS_ADDED, "2.25.1"
            ),
            Repair.LOOK_AGAIN,
        )
        for study in studies
    )
    totals = Totals(len(studies), {"dmp_refused": 1}, {"study_changed": len(studies)}, {})
    return Page("r", number, "", "", Position("settled", "next"), "", totals, decisions)


def test_a_page_comes_back_equal_and_its_first_writer_s_stands() -> None:
    blobs = MemoryBlobs()
    first = page(0, "1.2")
    assert read_page(blobs, "r", 0) is None
    assert keep_page(blobs, first) == first
    assert keep_page(blobs, page(0, "1.3")) == first == read_page(blobs, "r", 0)
    assert Page.decode(replace(first, next=None).encode()).next is None


def test_the_last_run_tells_its_differences_in_order_and_by_pages() -> None:
    blobs = MemoryBlobs()
    assert last_run(blobs) is None
    pages = [page(0, "1.0", "1.1"), page(1), page(2, "1.2")]
    for one in (pages[0], pages[2]):  # a page that was lost hides no other
        keep_page(blobs, one)
    close(blobs, pages[2])
    last = last_run(blobs)
    assert last is not None
    assert last.summary.decisions == ()

    def studies(*bounds: int) -> list[str]:
        return [str(one.difference.study_instance_uid) for one in last.decisions(*bounds)]

    assert studies() == studies(0, 99) == ["1.0", "1.1", "1.2"]
    assert studies(1) == ["1.2"]
    assert studies(0, 1) == ["1.0", "1.1"]


def test_totals_add_up() -> None:
    one = Totals(2, {"a": 1}, {"study_changed": 3}, {"study_changed": 1})
    both = one.plus(Totals(1, {"b": 2}, {"orphan_manifest": 1}, {"orphan_manifest": 1}))
    assert both.skipped == {"a": 1, "b": 2}
    assert (both.studies, both.repaired) == (6, 2)
