"""A one-time code becomes a certificate, which opens the agent's own routes and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from functions.aws import agent_authority, callers
from functions.aws.enrolment import counted
from functions.drimbox.errors import Absent
from functions.drimbox.publication.site_accepted import may_claim
from simulators.pki import CLIENT
from tests.fakes.aws import put_secret, put_tenant, tenant_facts
from tests.fakes.world import keys
from tests.handlers.conftest import (
    ENVIRONMENT,
    another_tenant,
    audited,
    now,
    refused_callers,
    stores,
)
from tests.handlers.enrolment_scenes import (
    NAME,
    Moved,
    act,
    authority,
    enrol,
    invite,
    judged,
    time,
    told,
)

__all__ = ["authority", "time"]

OWN = f"CN={NAME},OU=demo,O=DRIMbox agents"


def test_a_code_becomes_a_certificate_that_the_authorizer_knows(authority: str) -> None:
    reply = enrol(invite())
    assert reply["statusCode"] == 201
    answer = told(reply)
    assert (answer["agent"], answer["tenant"], answer["chain"]) == (NAME, "demo", authority)
    context = judged(answer["certificate"])
    assert context.pop("enrolled")
    assert context == {"caller": "agent", "tenant": "demo", "subject": OWN, "agent": NAME}
    assert sorted(audited()) == [("agent.enrolled", "issued"), ("agent.invited", "done")]


def test_a_code_is_spent(authority: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = invite()
    enrol(code)
    reply = enrol(code)
    assert reply["statusCode"] == 403
    assert told(reply)["code"] == "enrolment_code_refused"
    (line,) = refused_callers(capsys.readouterr().out)
    assert line["code"] == "enrolment_code_refused"
    assert line["route"] == "/v1/tenants/{tenant}/agents/enrol"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"code": "x"}, "/code"),
        ({"code": 7}, "/code"),
        ({"request": "x"}, "/request"),
        ({"more": 1}, "body"),
    ],
)
def test_an_ill_formed_body_spends_nothing(authority: str, body: Any, field: str) -> None:
    code = invite()
    reply = enrol(code, **body)
    assert (reply["statusCode"], told(reply)["field"]) == (400, field)
    assert enrol(code)["statusCode"] == 201


def test_an_address_tries_so_often(authority: str) -> None:
    wrong = "0" * 25
    assert [enrol(wrong)["statusCode"] for _ in range(22)] == [403] * 20 + [429] * 2


def test_before_our_authority_is_there_nobody_enrols(site: None) -> None:
    put_secret(ENVIRONMENT["AGENT_AUTHORITY_SECRET"], "placeholder")
    reply = enrol("0" * 25)
    assert reply["statusCode"] == 500
    assert told(reply)["code"] == "configuration_error"


def test_an_authority_that_does_not_answer_leaves_the_code_good(
    authority: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = invite()
    with monkeypatch.context() as patched:
        patched.setenv("AGENT_AUTHORITY_KEY_ARN", "alias/none")
        patched.setattr(agent_authority, "open_key", lambda _: None)
        assert enrol(code)["statusCode"] == 503
    assert enrol(code)["statusCode"] == 201


def test_no_such_tenant(authority: str) -> None:
    assert enrol(invite(), tenant="nobody")["statusCode"] == 404


def test_a_code_and_a_certificate_of_one_tenant_are_none_of_another(authority: str) -> None:
    another_tenant("second")
    code = invite()
    assert enrol(code, tenant="second")["statusCode"] == 403
    certificate = told(enrol(code))["certificate"]
    assert judged(certificate, "second") == {"caller": "foreign"}
    assert judged(certificate)["caller"] == "agent"


def test_a_removed_agent_is_a_stranger_at_once(authority: str) -> None:
    certificate = told(enrol(invite()))["certificate"]
    reply = act("remove_agent", confirm="yes")
    assert reply["statusCode"] == 303
    assert judged(certificate) == {"caller": "foreign"}
    assert ("program.refused", "agent_not_enrolled") in audited()
    # The same name again is another agent.
    again = told(enrol(invite()))["certificate"]
    assert judged(again)["agent"] == NAME
    assert judged(certificate) == {"caller": "foreign"}


def test_a_certificate_ends(authority: str, time: Moved) -> None:
    certificate = told(enrol(invite()))["certificate"]
    time.advance(timedelta(days=91))
    with pytest.raises(Exception, match="Unauthorized"):
        judged(certificate)


def test_an_agent_speaks_for_a_sender_only_where_the_file_says_so(authority: str) -> None:
    certificate = told(enrol(invite()))["certificate"]
    context = judged(certificate)
    caller: Any = {"pathParameters": {"tenant": "demo"}, "requestContext": {"authorizer": context}}
    with pytest.raises(Absent):
        callers.sender(caller)
    with pytest.raises(Absent):
        callers.program(caller)
    facts = tenant_facts()
    sender = {
        **facts["senders"][0],
        "application": "MLLP",
        "certificate_subject": OWN,
        "certificate_issuer": "CN=DRIMbox agents authority,O=DRIMbox",
    }
    put_tenant({**facts, "senders": [*facts["senders"], sender]})
    context = judged(certificate)
    assert (context["caller"], context["agent"]) == ("bound", NAME)
    assert stores().tenant.sender("MLLP", facts["senders"][0]["facility"]) is not None


def test_a_tenant_s_own_authority_names_no_enrolled_agent(authority: str) -> None:
    enrol(invite())
    forged = keys().authority.issue(OWN, CLIENT, now() - timedelta(minutes=1)).certificate_pem
    assert judged(forged) == {"caller": "foreign"}
    assert ("program.refused", "undeclared_issuer") in audited()


def test_an_enrolled_agent_may_say_when_its_site_acknowledged(authority: str) -> None:
    """Decision 0092: as a declared one; a program with a name of its own may not."""
    tenant = stores().tenant
    assert may_claim(tenant, judged(told(enrol(invite()))["certificate"])["subject"])
    assert not may_claim(tenant, tenant_facts()["senders"][0]["certificate_subject"])
    assert not may_claim(tenant, OWN.replace("OU=demo", "OU=second"))


def test_addresses_are_counted_by_subscriber() -> None:
    assert counted("192.0.2.1") == "192.0.2.1"
    assert counted("2001:db8::1") == counted("2001:db8::ffff:1")
    assert counted("2001:db8::1") != counted("2001:db8:0:1::1")
    assert counted("") == counted("x") == "unknown"
