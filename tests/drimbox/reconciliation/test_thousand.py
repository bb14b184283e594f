"""A thousand differences planted among some thousands of healthy studies: all found, none made up,
those that are safe repaired by the ways that exist, the rest left with their reason."""

from __future__ import annotations

from collections import Counter
from itertools import count

import pytest

from functions.drimbox.reconciliation.findings import last_run
from functions.drimbox.reconciliation.planning import Decision, NotRepairedBecause
from functions.drimbox.tenants.reconciliation_policy import DifferenceKind
from tests.drimbox.reconciliation.site import (
    OTHER_DEVICE,
    Archipelago,
    archipelago,
    entry,
    found,
    fresh_report,
)

HEALTHY = 3000
PLANTED = {
    DifferenceKind.STUDY_CHANGED: 110,
    DifferenceKind.DEAD_REFERENCE: 110,
    DifferenceKind.MISSING_MANIFEST: 310,
    DifferenceKind.ORPHAN_MANIFEST: 470,
}
# Of the manifests that are missing, those that the DMP knows, and that are not active.
RETIRED = 230
Found = set[tuple[str, str]]


def plant(world: Archipelago) -> tuple[Found, Found]:
    """(study, kind) of all prepared differences, and of those left to a human."""
    reports = (fresh_report(number) for number in count())
    changed = {
        world.publish_at_once(next(reports)) for _ in range(PLANTED[DifferenceKind.STUDY_CHANGED])
    }
    dead = {
        world.publish_at_once(next(reports)) for _ in range(PLANTED[DifferenceKind.DEAD_REFERENCE])
    }
    retired = {world.publish_at_once() for _ in range(RETIRED)}
    forgotten = {
        world.publish(next(reports))
        for _ in range(PLANTED[DifferenceKind.MISSING_MANIFEST] - RETIRED)
    }
    orphans = {world.publish_at_once() for _ in range(PLANTED[DifferenceKind.ORPHAN_MANIFEST])}
    for number, study in enumerate(sorted(dead)):
        (world.lose_study if number % 10 == 0 else world.lose_object)(study)
    for number, study in enumerate(sorted(orphans)):
        if number % 4 == 0:
            world.withdraw_at_once(study)
        world.leave_orphan(study)
    for act, studies in (
        (world.gain_object, changed),
        (world.retire_manifest, retired),
        (world.forget_manifest, forgotten),
    ):
        for study in studies:
            act(study)
    left = {(str(study), str(DifferenceKind.MISSING_MANIFEST)) for study in retired}
    left |= {(str(study), str(DifferenceKind.ORPHAN_MANIFEST)) for study in orphans}
    planted = left | {(str(study), str(DifferenceKind.MISSING_MANIFEST)) for study in forgotten}
    planted |= {(str(study), str(DifferenceKind.STUDY_CHANGED)) for study in changed}
    planted |= {(str(study), str(DifferenceKind.DEAD_REFERENCE)) for study in dead}
    return planted, left


def settle_in(world: Archipelago) -> None:
    """Studies on which all agree, some of them in a way that is easily taken for a difference."""
    for number in range(HEALTHY):
        study = world.publish_at_once()
        if number % 10 == 1:
            world.withdraw_at_once(study)
        if number % 10 == 2:
            world.hold_at_once(study)
        if number % 10 == 3:  # masked: not found by search, but it is there
            world.registry_of_all.hidden.add(world.current(study).manifest_uid)
        if number % 10 == 4:  # of another system of the same structure
            world.registry_of_all.add(entry(f"{study}.77", study, author_persons=(OTHER_DEVICE,)))


@pytest.mark.slow
def test_a_thousand_differences_are_found_and_repaired() -> None:
    with archipelago() as world:
        planted, left = plant(world)
        assert len(planted) == sum(PLANTED.values()) == 1000
        settle_in(world)
        asked = world.registry_of_all.asked
        pages = world.reconcile("first")
        assert found(pages) == planted
        totals = pages[-1].totals
        assert (totals.compared, dict(totals.skipped)) == (HEALTHY + 1000, {})
        assert dict(totals.found) == {str(kind): number for kind, number in PLANTED.items()}
        # The DMP is asked once where all is well, and twice where the search does not find it.
        assert world.registry_of_all.asked - asked == HEALTHY + 1000 + HEALTHY // 10 + 310
        kept = last_run(world.reconciliations)
        assert kept is not None
        decided = list(kept.decisions())
        assert {named(one) for one in decided if not one.repair} == left
        assert {one.reason for one in decided if not one.repair} == {NotRepairedBecause.NOT_SAFE}
        events = Counter(event for event, _ in world.audit.events())
        assert events["reconciliation.repaired"] == len(planted - left)
        assert events["reconciliation.ended"] == 1

        world.work()
        assert {e.state for e in world.log.entries.values()} == {"published", "withdrawn"}
        again = world.reconcile("second")
        assert found(again) == left
        assert dict(again[-1].totals.left) == dict(again[-1].totals.found)
        assert world.queue.messages == []


def named(decision: Decision) -> tuple[str, str]:
    """Its study and kind."""
    return str(decision.difference.study_instance_uid), str(decision.difference.kind)
