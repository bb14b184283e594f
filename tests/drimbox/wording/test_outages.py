"""Every service of publications has the words of its going and of its coming back."""

from __future__ import annotations

from functions.drimbox.operations.agent_alerts import AGENT
from functions.drimbox.operations.outages import Needed
from functions.drimbox.wording.outages import IS_BACK, STAYS_AWAY


def test_each_service_has_both_alerts() -> None:
    assert {AGENT, *(str(one) for one in Needed)} == set(STAYS_AWAY) == set(IS_BACK)
