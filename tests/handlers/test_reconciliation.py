"""The hourly start, the run by hand, and one page after the other."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.aws import clients, tenants
from functions.drimbox.errors import Absent
from functions.drimbox.reconciliation import scheduling
from functions.drimbox.reconciliation.findings import last_run
from functions.read_operations.handler import handler as read_operations
from functions.reconcile_studies.handler import handler as reconcile_studies
from functions.start_reconciliation.handler import handler as start_reconciliation
from tests.handlers.conftest import CONTEXT, audited, event, stores
from tests.handlers.journey import STUDY, Journey, executions, journey

__all__ = ["journey"]


def due(monkeypatch: pytest.MonkeyPatch, *slugs: str) -> None:
    """Whose turn it is."""
    monkeypatch.setattr(
        "functions.start_reconciliation.handler.is_due", lambda t, _at: t.tenant in slugs
    )


def another_tenant(slug: str, **changes: Any) -> None:
    """A tenant beside the demo site."""
    value = clients.ssm().get_parameter(Name="/drimbox/tenants/demo")["Parameter"]["Value"]
    facts = {**json.loads(value), "tenant": slug, **changes}
    clients.ssm().put_parameter(
        Name=f"/drimbox/tenants/{slug}", Value=json.dumps(facts), Type="String"
    )


def test_the_schedule_starts_whose_turn_it_is_once(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):  # more than one page of parameters
        another_tenant(f"site-{number}")
    another_tenant("broken", time_zone="Nowhere")
    due(monkeypatch, "demo", "site-7", "broken")
    said = start_reconciliation(event("start_reconciliation/hourly"), CONTEXT)
    again = start_reconciliation(event("start_reconciliation/hourly"), CONTEXT)
    assert set(said["started"]) == set(again["started"]) == {"demo", "site-7"}
    found = {one["tenant"]: one for one in executions()}
    assert len(executions()) == len(found) == 2
    run = said["started"]["demo"]
    assert found["demo"].pop("since").startswith("20")
    assert found["demo"] == {"tenant": "demo", "run": run, "page": 0, "correlation_id": run}
    assert "broken" in journey.log.getvalue()


def test_a_run_by_hand(journey: Journey) -> None:
    said = start_reconciliation(event("start_reconciliation/by_hand"), CONTEXT)
    ((tenant, run),) = said["started"].items()
    assert (tenant, len(run)) == ("demo", 16)
    assert [one["run"] for one in executions()] == [run]
    with pytest.raises(Absent):
        start_reconciliation(event("start_reconciliation/by_hand", tenant="nobody"), CONTEXT)


def test_every_tenant_has_an_hour_of_its_own(site: None) -> None:
    demo = tenants.find("/drimbox/tenants/", "demo")
    day = [datetime(2026, 11, 24, hour, 30, tzinfo=UTC) for hour in range(24)]
    assert sum(scheduling.is_due(demo, at) for at in day) == 1
    from dataclasses import replace  # noqa: PLC0415

    policy = demo.reconciliation
    often = replace(demo, reconciliation=replace(policy, schedule_hours=6))
    assert sum(scheduling.is_due(often, at) for at in day) == 4
    never = replace(demo, reconciliation=replace(policy, schedule_hours=0))
    assert not any(scheduling.is_due(never, at) for at in day)
    hours = {
        next(h for h, at in enumerate(day) if scheduling.is_due(replace(demo, tenant=f"t{n}"), at))
        for n in range(200)
    }
    assert len(hours) > 20


def run(journey: Journey) -> dict[str, Any]:
    """A whole run, as the workflow does it; its last state."""
    state = event("reconcile_studies/page")
    for _ in range(10):
        state = reconcile_studies(state, CONTEXT)
        if state["outcome"] == "done":
            return state
    raise AssertionError("a run without end")


def test_a_study_that_changed_is_found_and_queued(
    journey: Journey, capsys: pytest.CaptureFixture[str]
) -> None:
    journey.archive_study(2)
    journey.publish()
    journey.archive_study(3)
    state = run(journey)
    assert state["correlation_id"] == state["run"] == "20261124T090000Z"
    last = last_run(stores().archive)
    assert last is not None
    (decision,) = last.decisions()
    assert (decision.difference.study_instance_uid, decision.repair) == (STUDY, "look_again")
    url = clients.sqs().get_queue_url(QueueName="messages")["QueueUrl"]
    (sent,) = clients.sqs().receive_message(QueueUrl=url)["Messages"]
    message_id = json.loads(sent["Body"])["message_id"]
    kept = clients.s3().get_object(Bucket="inbox", Key=f"demo/messages/{message_id}.hl7")
    assert kept["Body"].read().endswith(f"IPC|||{STUDY}".encode())
    assert ("reconciliation.repaired", "look_again") in audited()
    assert ("reconciliation.ended", "differences") in audited()
    counted = capsys.readouterr().out
    assert '"ReconciliationRepairs": 1' in counted
    assert '"ReconciliationDifferences": 0' in counted
    assert STUDY not in counted


def test_an_operator_sees_the_last_run(journey: Journey) -> None:
    assert read_operations(event("read_operations/reconciliation"), CONTEXT)["statusCode"] == 404
    journey.archive_study(2)
    journey.publish()
    journey.archive_study(3)
    run(journey)
    seen = read_operations(event("read_operations/reconciliation"), CONTEXT)
    assert seen["statusCode"] == 200
    said = json.loads(base64.b64decode(seen["body"]))
    (difference,) = said["differences"]
    assert (said["run"], said["compared"], said["found"]) == (
        "20261124T090000Z",
        1,
        {"study_changed": 1},
    )
    assert (difference["study_instance_uid"], difference["repair"]) == (STUDY, "look_again")
    assert difference["words"]["fr"].startswith("Le PACS contient des images")
    assert (said["left"], said["next"], said["reached_the_end"]) == ({}, None, True)
    assert ("reconciliation.viewed", "20261124T090000Z") in audited()
    wrong = event("read_operations/reconciliation", queryStringParameters={"after": "-1"})
    assert read_operations(wrong, CONTEXT)["statusCode"] == 400
