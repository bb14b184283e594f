"""The time of one request: it runs out once, for everything that the request waits for."""

from __future__ import annotations

import httpx

from functions.drimbox.budget import LEAST, REQUEST, Budget
from functions.drimbox.transport import Patience


def test_a_budget_runs_out() -> None:
    now = [50.0]
    budget = Budget(10.0, lambda: now[0])
    assert (budget.left, budget.is_spent) == (10.0, False)
    now[0] = 60.0 - LEAST
    assert (budget.left, budget.is_spent) == (LEAST, False)
    now[0] += 0.1
    assert budget.is_spent
    now[0] = 99.0
    assert (budget.left, budget.is_spent) == (0.0, True)
    assert REQUEST - 1 < Budget().left <= REQUEST


def test_a_patience_within_a_budget_is_no_longer_than_it() -> None:
    now = [0.0]
    patience, budget = Patience(httpx.Timeout(4.0), 11.0), Budget(18.0, lambda: now[0])
    assert patience.within(None) is patience
    assert patience.within(budget) == patience
    now[0] = 10.0
    assert patience.within(budget) == Patience(patience.steps, 8.0)
