"""The start of reconciliations, on schedule and by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from functions.aws import tenants
from functions.drimbox.errors import Absent
from functions.drimbox.reconciliation import scheduling
from functions.start_reconciliation.handler import handler as start_reconciliation
from tests.handlers.conftest import CONTEXT, another_tenant, event
from tests.handlers.journey import Journey, executions


def due(monkeypatch: pytest.MonkeyPatch, *slugs: str) -> None:
    """Whose turn it is."""
    monkeypatch.setattr(
        "functions.start_reconciliation.handler.is_due", lambda t, _at: t.tenant in slugs
    )


def test_the_schedule_starts_whose_turn_it_is_once(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):  # more than a few
        another_tenant(f"site-{number}")
    another_tenant("broken", time_zone="Nowhere")
    due(monkeypatch, "demo", "site-7", "broken")
    said = start_reconciliation(event("start_reconciliation/hourly"), CONTEXT)
    again = start_reconciliation(event("start_reconciliation/hourly"), CONTEXT)
    assert set(said["started"]) == set(again["started"]) == {"demo", "site-7"}
    found = {one["tenant"]: one for one in executions()}
    assert len(executions()) == len(found) == 2
    run = said["started"]["demo"]
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
    demo = tenants.find("tenants", "demo")
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
