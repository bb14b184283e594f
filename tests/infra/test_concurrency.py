"""The reservations of concurrency: floors, ceilings, and enough for everything else."""

from __future__ import annotations

import pytest

from infra.routes import ROUTES
from infra.rules.assembly import Assembly
from infra.rules.flow import concurrency
from infra.shared.concurrency import LEAST_UNRESERVED, RESERVED, reservations
from infra.shared.deployment import context_of_project
from tests.infra.functions import functions
from tests.infra.rules import samples


def test_an_account_of_the_usual_quota_keeps_100_for_the_rest() -> None:
    assert context_of_project()["account_concurrency"] == 1000
    assert reservations(1000) == RESERVED
    assert sum(RESERVED.values()) + LEAST_UNRESERVED <= 1000


@pytest.mark.parametrize("short", [1, 90, 500])
def test_an_account_that_is_too_small_reserves_nothing(short: int) -> None:
    enough = sum(RESERVED.values()) + LEAST_UNRESERVED
    assert reservations(enough) == RESERVED
    assert reservations(enough - short) == reservations(10) == {}


def test_the_way_in_and_the_background_have_their_numbers(assembly: Assembly) -> None:
    found = {
        name: one.properties.get("ReservedConcurrentExecutions")
        for name, one in functions(assembly).items()
    }
    assert {name: number for name, number in found.items() if number is not None} == RESERVED
    public = {one.function for one in ROUTES} | {one.authorizer for one in ROUTES if one.authorizer}
    background = {
        "fetch_exam",
        "store_exam",
        "fill_cache",
        "reconcile_studies",
        "start_reconciliation",
        "sweep_inbox",
        "check_certificates",
        "seal_audit",
        "wake_waits",
        "refresh_white_list",
        "refresh_revocations",
    }
    assert set(RESERVED) == public | background


def test_the_rule_lets_a_small_account_reserve_nothing() -> None:
    made = samples.concurrency()
    for one in ("Called", "Fill"):
        del made[one]["Properties"]["ReservedConcurrentExecutions"]
    assert list(concurrency(samples.assembly(made))) == []
