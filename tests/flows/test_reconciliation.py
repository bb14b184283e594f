"""The test makes records, PACS and DMP differ in each way; a run finds and repairs the
differences.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final
from uuid import uuid4

from simulators.pacs.studies import Size
from simulators.ris.cases import CASES, Case
from tests.flows.stack import PATIENCE, LocalStack, in_parallel, wait_for

SMALL: Final = Size(instances=2, frames=2, pixels=16)


def decided(stack: LocalStack, run: str, studies: list[str]) -> dict[str, list[tuple[str, str]]]:
    """(kind, repair or reason) of the run's findings on these studies, sorted."""
    found: dict[str, list[tuple[str, str]]] = {study: [] for study in studies}
    for key in stack.keys("reconciliations", f"{stack.endpoints['tenant']}/{run}/"):
        for one in json.loads(stack.read("reconciliations", key))["decisions"]:
            if one["study_instance_uid"] in found:
                told = (one["kind"], one["repair"] or one["reason"])
                found[one["study_instance_uid"]].append(told)
    return {study: sorted(told) for study, told in found.items()}


def statuses(stack: LocalStack, study: str) -> list[str]:
    return sorted(one["availability_status"] for one in stack.documents(study))


def test_a_run_finds_every_kind_and_repairs_what_is_safe(stack: LocalStack) -> None:
    cases = [CASES["C"].fresh(uuid4().hex) for _ in range(3)]
    token = uuid4().hex
    restored, corrected = CASES["G1"].fresh(token), CASES["G1_MAJ"].fresh(token)

    def publish(case: Case) -> None:
        assert stack.publish(case, "ORU", SMALL).state == "published"

    in_parallel(publish, [*cases, restored])
    changed, dead, missing = (case.studies[0] for case in cases)
    orphan = restored.studies[0]
    # The PACS gets an image, and loses one, without a word; the DMP loses a submission.
    stack.store(cases[0], replace(SMALL, instances=3))
    stack.remove(dead)
    stack.store(cases[1], replace(SMALL, instances=1))
    (lost,) = stack.documents(missing)
    stack.forget(lost["entry_uuid"])
    # Our table is restored to before a correction: the DMP's present manifest is in no record.
    former = stack.record(orphan)
    assert stack.await_outcome(stack.accepted(stack.report(corrected))).state == "published"
    stack.aws["dynamodb"].put_item(TableName=stack.table("Studies"), Item=former)

    studies = [changed, dead, missing, orphan]
    first = stack.reconcile()
    assert decided(stack, first["run"], studies) == {
        changed: [("study_changed", "look_again")],
        dead: [("dead_reference", "look_again")],
        missing: [("missing_manifest", "send_again")],
        orphan: [("missing_manifest", "not_safe"), ("orphan_manifest", "not_safe")],
    }, first["totals"]

    def repaired() -> bool:
        replaced = ["Approved", "Deprecated"]
        both = statuses(stack, changed) == statuses(stack, dead) == replaced
        return both and statuses(stack, missing) == ["Approved"]

    wait_for(repaired, PATIENCE, "the repairs")
    (back,) = stack.documents(missing)
    assert back["unique_id"] == lost["unique_id"], "the same manifest under the same identifier"
    for study in (changed, dead, missing):
        wait_for(lambda s=study: "pending" not in stack.record(s), PATIENCE, "the end of a change")  # type: ignore[misc]
        assert len(stack.audited("reconciliation.repaired", for_study_instance_uid=study)) == 1
    assert stack.record(missing)["current"]["M"]["manifest_uid"]["S"] == lost["unique_id"]

    second = stack.reconcile()
    assert decided(stack, second["run"], studies) == {
        changed: [],
        dead: [],
        missing: [],
        orphan: [("missing_manifest", "not_safe"), ("orphan_manifest", "not_safe")],
    }
    assert len(stack.audited("reconciliation.ended", for_run=second["run"])) == 1
