"""A tenant's turn: once in its hours, in an hour of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.reconciliation.scheduling import is_due, manual_run, scheduled_run
from functions.drimbox.tenants.model import Tenant
from functions.drimbox.tenants.reconciliation_policy import LIMITS, ReconciliationPolicy
from tests.fakes.world import TENANT

AT = datetime(2026, 11, 24, 9, 59, 59, tzinfo=UTC)


def tenant(hours: int, name: str = "demo") -> Tenant:
    return replace(TENANT, tenant=name, reconciliation=ReconciliationPolicy(schedule_hours=hours))


@given(st.integers(1, LIMITS["schedule_hours"][1]), st.text(min_size=1, max_size=20))
def test_a_tenant_s_turn_comes_once_in_its_hours(hours: int, name: str) -> None:
    one = tenant(hours, name)
    due = [hour for hour in range(3 * hours) if is_due(one, AT + timedelta(hours=hour))]
    assert len(due) == 3
    assert {after - before for before, after in pairwise(due)} == {hours}


def test_a_tenant_without_schedule_has_no_turn() -> None:
    assert not any(is_due(tenant(0), AT + timedelta(hours=hour)) for hour in range(48))


def test_tenants_do_not_all_come_at_once() -> None:
    at_once = [
        sum(is_due(tenant(24, f"t{n}"), AT + timedelta(hours=h)) for n in range(240))
        for h in range(24)
    ]
    assert sum(at_once) == 240
    assert max(at_once) < 40


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=2))])
def test_an_hour_has_one_run_and_a_person_s_run_is_another(zone: timezone) -> None:
    at = AT.astimezone(zone)
    assert scheduled_run(at) == scheduled_run(at - timedelta(minutes=59)) == "20261124T09"
    assert scheduled_run(at + timedelta(seconds=1)) == "20261124T10"
    assert manual_run(at) == "20261124T095959Z"
