"""Runs of a reconciliation, for the tests of several Lambdas."""

from __future__ import annotations

from typing import Any

from functions.reconcile_studies.handler import handler as reconcile_studies
from tests.handlers.conftest import CONTEXT, event
from tests.handlers.journey import Journey


def run(journey: Journey) -> dict[str, Any]:
    """A whole run, as the workflow does it; its last state."""
    state = event("reconcile_studies/page")
    for _ in range(10):
        state = reconcile_studies({**state, "tries": 0}, CONTEXT)
        if state["outcome"] == "done":
            return state
    raise AssertionError("a run without end")
