"""The operators' verbs through the whole stack: by HTTP, with a client certificate."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

from simulators.ris.cases import CASES, Case
from tests.flows.stack import PATIENCE, LocalStack, wait_for


def asked(
    stack: LocalStack, path: str, body: Any = None, method: str = "GET"
) -> tuple[int, dict[str, Any]]:
    with stack.client("ris") as http:
        answer = http.request(
            method if body is None else "POST",
            f"{stack.endpoints['in']}/v1/tenants/demo/operations{path}",
            json=body,
        )
    return answer.status_code, dict(answer.json())


def alerts(stack: LocalStack, reason: str) -> list[str]:
    path = stack.layout.home / "logs" / "alerts.jsonl"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    subjects = [json.loads(line)["subject"] for line in lines]
    return [one.split()[-1] for one in subjects if one.split()[-2] == reason]


def of_study(case: Case, study: str) -> Case:
    """The same case about another study."""
    return replace(case, exams=tuple(replace(exam, studies=(study,)) for exam in case.exams))


def of_order(case: Case, accession: str) -> Case:
    """The same case under another accession number."""
    orders = tuple(replace(order, accession=accession) for order in case.orders)
    return replace(case, orders=orders)


def test_held_viewed_overridden_replayed_published_withdrawn(stack: LocalStack) -> None:
    case = CASES["C"].fresh(uuid4().hex)
    (study,) = case.studies
    wrong = f"{study}.999"
    stack.store(case)
    named = of_study(case, wrong)
    stack.store(of_order(named, "ACN-OTHER"))
    message_id = stack.accepted(stack.report(named))
    assert stack.await_outcome(message_id).studies == {wrong: ("held", "accession_mismatch")}
    _, seen = asked(stack, f"/publications/{message_id}")
    assert seen["report"]["patient"]["birth_family"] == case.traits.family
    assert seen["studies"][0]["todo"]["fr"]
    assert (
        asked(stack, f"/publications/{message_id}/override", {"studies": {wrong: study}})[0] == 201
    )
    assert asked(stack, f"/publications/{message_id}/replay", method="POST")[0] == 202
    stack.await_state(message_id, "published")
    (document,) = stack.documents(study)
    assert document["availability_status"] == "Approved"
    assert stack.documents(wrong) == []
    status, ordered = asked(
        stack, f"/publications/{message_id}/withdraw", {"study_instance_uid": study}
    )
    assert status == 202
    stack.await_state(ordered["id"], "withdrawn")
    assert {one["availability_status"] for one in stack.documents(study)} == {"Deleted"}
    (audited,) = stack.audited("manifest.withdrawn", for_study_instance_uid=study)
    assert audited["who"].startswith("CN=ris.ambroise.example")
    _, exported = asked(stack, f"/publications/{message_id}/export")
    assert base64.b64decode(exported["message"]).startswith(b"MSH|")
    assert {one["outcome"] for one in exported["history"]} >= {"held", "set_aside", "published"}


def test_a_mistaken_override_is_held_with_its_obstacle_and_undone(stack: LocalStack) -> None:
    other, case = (CASES["C"].fresh(uuid4().hex) for _ in range(2))
    (taken,), (study,) = other.studies, case.studies
    stack.store(other)
    holder = stack.accepted(stack.report(other))
    stack.await_state(holder, "published")
    stack.store(of_order(case, "ACN-OTHER"))
    message_id = stack.accepted(stack.report(case))
    assert stack.await_outcome(message_id).studies == {study: ("held", "accession_mismatch")}
    path = f"/publications/{message_id}"

    def replayed(*expected: str) -> dict[str, Any]:
        """The publication once a replay has led to these outcomes and reasons."""
        assert asked(stack, f"{path}/replay", method="POST")[0] == 202

        def seen() -> dict[str, Any] | None:
            _, found = asked(stack, path)
            told = (f"{one['outcome']} {one.get('reason', '')}" for one in found["studies"])
            return found if sorted(map(str.strip, told)) == sorted(expected) else None

        return wait_for(seen, PATIENCE, f"{expected} after a replay")

    assert asked(stack, f"{path}/override", {"studies": {study: taken}})[0] == 201
    seen = replayed("set_aside", "held chosen_study_taken")
    [obstacle] = [one["taken_by"] for one in seen["studies"] if "taken_by" in one]
    assert (obstacle, seen["undoing"]) == (holder, "possible")
    assert asked(stack, f"{path}/override", {"studies": {}})[0] == 201
    assert replayed("held accession_mismatch", "set_aside")["undoing"] == "nothing"
    stack.remove(study)
    stack.store(case)
    replayed("published", "set_aside")
    assert [one["availability_status"] for one in stack.documents(study)] == ["Approved"]
    assert [one["availability_status"] for one in stack.documents(taken)] == ["Approved"]


def open_studies(stack: LocalStack, reason: str) -> int:
    """How many studies the cause holds now."""
    causes = asked(stack, "/causes")[1]["causes"]
    return sum(one["studies"] for one in causes if one["reason"] == reason)


def test_a_whole_cause_is_replayed_and_told_twice(stack: LocalStack) -> None:
    reason = "accession_mismatch"
    cases = [CASES["C"].fresh(uuid4().hex) for _ in range(3)]
    messages = []
    for case in cases:
        stack.store(of_order(case, "ACN-OTHER"))
        messages.append(stack.accepted(stack.report(case)))
    for message_id in messages:
        assert stack.await_outcome(message_id).state == "held"
    # A step counts its study in the cause after the outcome that was awaited.
    wait_for(lambda: open_studies(stack, reason) >= 3 or None, PATIENCE, "a cause of three studies")
    for case in cases:
        stack.remove(case.studies[0])
        stack.store(case)
    status, bulk = asked(stack, f"/causes/{reason}/replay", method="POST")
    assert status == 202
    assert set(messages) <= set(bulk["replayed"])
    for message_id in messages:
        stack.await_state(message_id, "published")
    told = wait_for(lambda: alerts(stack, reason), PATIENCE, "an alert")
    assert told == ["opened", "closed"] * (len(told) // 2) + ["opened"] * (len(told) % 2)
    _, activity = asked(stack, "/activity?days=1")
    assert activity["days"][0]["published"] >= 3
    assert activity["delay_seconds"]["objective"] == 900
