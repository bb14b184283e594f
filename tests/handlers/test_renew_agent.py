"""An agent renews the certificate that it shows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from functions.drimbox.enrolment.enrolling import MOST_REQUESTS
from simulators.pki import AUTHORITY_SUBJECT, CLIENT
from tests.fakes.aws import put_tenant, tenant_facts
from tests.fakes.world import keys
from tests.handlers.conftest import audited, now
from tests.handlers.enrolment_scenes import (
    Moved,
    act,
    authority,
    enrol,
    invite,
    judged,
    renew,
    time,
    told,
)

__all__ = ["authority", "time"]


def test_a_certificate_is_renewed_when_a_third_is_left(authority: str, time: Moved) -> None:
    first = told(enrol(invite()))["certificate"]
    time.advance(timedelta(days=60))
    reply = renew(first)
    assert reply["statusCode"] == 201
    second = told(reply)["certificate"]
    assert judged(second)["enrolled"] != judged(first)["enrolled"]
    time.advance(timedelta(days=31))
    assert judged(second)["caller"] == "agent"
    assert ("agent.renewed", "issued") in audited()


def test_a_lost_answer_is_asked_for_again(authority: str, time: Moved) -> None:
    first = told(enrol(invite()))["certificate"]
    time.advance(timedelta(days=60))
    lost = told(renew(first))["certificate"]
    again = told(renew(first))["certificate"]
    assert judged(lost) == {"caller": "foreign"}
    assert judged(again)["caller"] == judged(first)["caller"] == "agent"


def test_a_refusal_is_audited(authority: str, time: Moved) -> None:
    first = told(enrol(invite()))["certificate"]
    assert (renew(first)["statusCode"], told(renew(first))["code"]) == (409, "renewal_not_due")
    assert ("agent.refused", "renewal_not_due") in audited()
    assert renew(first, request="x")["statusCode"] == 400
    assert renew(first, more="x")["statusCode"] == 400
    for _ in range(MOST_REQUESTS):
        renew(first)
    assert renew(first)["statusCode"] == 429


def test_a_removed_agent_renews_nothing(authority: str, time: Moved) -> None:
    first = told(enrol(invite()))["certificate"]
    time.advance(timedelta(days=60))
    act("remove_agent", confirm="yes")
    assert renew(first)["statusCode"] == 404


def test_a_certificate_of_another_authority_finds_nothing(authority: str) -> None:
    subject = "CN=agent.example,C=FR"
    facts = {key: value for key, value in tenant_facts().items() if key != "pacs_url"}
    declared = {
        "name": "salle-9",
        "certificate_subject": subject,
        "certificate_issuer": AUTHORITY_SUBJECT,
    }
    put_tenant({**facts, "link": "agent", "agents": [declared]})
    issued = keys().authority.issue(subject, CLIENT, now() - timedelta(minutes=1)).certificate_pem
    assert judged(issued)["agent"] == "salle-9"
    assert renew(issued)["statusCode"] == 404


@pytest.mark.parametrize("tenant", ["nobody"])
def test_another_tenant_finds_nothing(authority: str, tenant: str) -> None:
    first = told(enrol(invite()))["certificate"]
    assert renew(first, tenant=tenant)["statusCode"] == 404
