"""The errors of the cloud's ports."""

from __future__ import annotations

from agent.work.ports import CloudAway, NotServed


def test_an_absence_has_a_code_and_a_detail() -> None:
    away = CloudAway("status 503")
    assert (away.code, away.detail, str(away)) == ("cloud_away", "status 503", "status 503")


def test_a_refusal_is_an_absence_with_a_code_of_its_own() -> None:
    refused = NotServed("status 404", code="agent_unknown")
    assert isinstance(refused, CloudAway)
    assert (refused.code, refused.detail) == ("agent_unknown", "status 404")
