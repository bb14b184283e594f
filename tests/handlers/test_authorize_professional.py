"""The token of Pro Santé Connect."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from cryptography.hazmat.primitives import hashes

from functions.authorize_professional.handler import handler as authorize_professional
from functions.authorize_professional.settings import Settings
from functions.aws import calling_peers, clients
from functions.aws.entry import InternalFailure
from functions.aws.policies import Unauthorized
from functions.aws.white_lists import DynamoWhiteLists
from functions.drimbox.peers.calling_peer import HEADER
from functions.retrieve_study.handler import handler as retrieve_study
from simulators import pki
from tests.fakes.logs import written
from tests.handlers.conftest import (
    CONTEXT,
    ENVIRONMENT,
    Outside,
    audit_records,
    audited,
    event,
    now,
    refused_callers,
)
from tests.handlers.image_scenes import PROFESSIONAL, TOKEN, down, problem
from tests.handlers.white_lists import put_list


def introspection(**changes: Any) -> httpx.Response:
    seconds = int(now().timestamp())
    return httpx.Response(
        200,
        json={
            "active": True,
            "exp": seconds + 300,
            "iat": seconds - 1,
            "iss": ENVIRONMENT["PSC_ISSUER"],
            "sub": "f:1:899700000001",
            "typ": "Bearer",
            "azp": "other-box",
            "SubjectNameID": PROFESSIONAL,
            **changes,
        },
    )


def asked(*authorization: str, tenant: str = "demo") -> dict[str, Any]:
    headers = {"authorization": list(authorization)}
    return event(
        "authorize_professional/request",
        multiValueHeaders=headers,
        pathParameters={"tenant": tenant},
    )


def test_an_active_token_says_who_calls(site: None, outside: Outside) -> None:
    outside.hosts["psc.example"] = lambda _: introspection()
    with written() as log:
        policy = authorize_professional(asked(f"Bearer {TOKEN}"), CONTEXT)
    context = policy["context"]
    assert (context["caller"], context["tenant"]) == ("active", "demo")
    assert (context["subject"], context["client_id"]) == (PROFESSIONAL, "other-box")
    assert int(context["expires_at"]) > now().timestamp()
    assert all(isinstance(value, str) for value in context.values())
    assert TOKEN not in json.dumps(policy) + log.getvalue()
    assert outside.asked == ["POST psc.example/introspect"]
    assert audited() == []


@pytest.mark.parametrize(
    "answer",
    [
        introspection(active=False),
        introspection(exp=int(now().timestamp()) - 1),
        introspection(iss="https://other.example"),
        introspection(typ="ID"),
        introspection(SubjectNameID=""),
    ],
)
def test_any_other_token_is_unauthorized_and_is_counted(
    site: None,
    outside: Outside,
    answer: httpx.Response,
    capsys: pytest.CaptureFixture[str],
) -> None:
    outside.hosts["psc.example"] = lambda _: answer
    with written() as log, pytest.raises(Unauthorized, match=r"^Unauthorized$"):
        authorize_professional(asked(f"Bearer {TOKEN}"), CONTEXT)
    assert "token refused" in log.getvalue()
    assert TOKEN not in log.getvalue()
    assert audited() == [], "a stranger writes nothing that is locked for years"
    (counted,) = refused_callers(capsys.readouterr().out)
    assert counted["tenant"] == "demo"
    assert counted["route"].startswith("/")
    assert counted["code"] == "not_authenticated"


@pytest.mark.parametrize(
    "values", [(), ("",), ("Basic dTpw",), ("Bearer",), ("Bearer a b",), ("Bearer a", "Bearer b")]
)
def test_a_header_that_is_not_one_token_is_not_introspected(
    site: None, outside: Outside, values: tuple[str, ...]
) -> None:
    with pytest.raises(Unauthorized):
        authorize_professional(asked(*values), CONTEXT)
    assert outside.asked == []


@pytest.mark.parametrize("tenant", ["nobody", "../demo", ""])
def test_pro_sante_connect_is_not_asked_for_a_tenant_that_does_not_exist(
    site: None, outside: Outside, tenant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = authorize_professional(asked(f"Bearer {TOKEN}", tenant=tenant), CONTEXT)
    assert policy["context"] == {"caller": "foreign"}
    assert (outside.asked, audited()) == ([], [])
    assert refused_callers(capsys.readouterr().out) == []
    refused = event("retrieve_study/series", pathParameters={"tenant": tenant})
    refused["requestContext"]["authorizer"] = policy["context"]
    assert problem(retrieve_study(refused, CONTEXT)) == "absent"


@pytest.mark.parametrize(
    "answer", [down, lambda _: httpx.Response(500), lambda _: introspection(exp=1.5)]
)
def test_while_pro_sante_connect_cannot_tell_the_handler_answers(
    site: None, outside: Outside, answer: Callable[[httpx.Request], httpx.Response]
) -> None:
    outside.hosts["psc.example"] = answer
    with written() as log:
        policy = authorize_professional(asked(f"Bearer {TOKEN}"), CONTEXT)
    assert policy["context"] == {"caller": "unavailable", "retry_after": "10"}
    assert TOKEN not in json.dumps(policy) + log.getvalue()
    refused = event("retrieve_study/series")
    refused["requestContext"]["authorizer"] = policy["context"]
    reply = retrieve_study(refused, CONTEXT)
    assert (reply["statusCode"], problem(reply)) == (503, "identity_unavailable")
    assert reply["headers"]["Retry-After"] == "10"


def test_without_our_own_certificate_nobody_gets_in(site: None, outside: Outside) -> None:
    clients.secretsmanager().put_secret_value(
        SecretId=ENVIRONMENT["PSC_CLIENT_SECRET"], SecretString="placeholder"
    )
    with pytest.raises(InternalFailure, match=r"^ConfigurationError$"):
        authorize_professional(asked(f"Bearer {TOKEN}"), CONTEXT)
    assert outside.asked == []


# ---- behind the front for peers


def passed_on(*certificates: str, **identity: Any) -> dict[str, Any]:
    """A request that came through a domain which demands the front's certificate."""
    made = asked(f"Bearer {TOKEN}")
    made["multiValueHeaders"][HEADER] = list(certificates)
    made["requestContext"]["identity"] = {"clientCert": {"subjectDN": "CN=front"}, **identity}
    return made


def of_peer(host: str = "db1.example") -> pki.Issued:
    authority = pki.Authority.create(now() - timedelta(days=1))
    subject = f"CN={host},O=Essai,C=FR"
    return authority.issue(subject, pki.CLIENT, now() - timedelta(days=1))


def escaped(issued: pki.Issued) -> str:
    return quote(issued.certificate_pem, safe="")


@pytest.fixture
def listed(site: None, outside: Outside) -> None:
    put_list("db1.example")
    outside.hosts["psc.example"] = lambda _: introspection()


def test_a_listed_drimbox_is_told_and_audited(listed: None, outside: Outside) -> None:
    issued = of_peer()
    policy = authorize_professional(passed_on(escaped(issued)), CONTEXT)
    told = f"901 {issued.certificate.serial_number:x}"
    assert policy["context"]["peer"] == told
    asked_for = event("retrieve_study/series")
    asked_for["requestContext"]["authorizer"] = policy["context"]
    retrieve_study(asked_for, CONTEXT)
    assert [one["for_peer"] for one in audit_records() if "for_peer" in one] == [told]


def test_a_drimbox_that_is_not_listed_is_forbidden_before_its_token(
    listed: None, outside: Outside
) -> None:
    policy = authorize_professional(passed_on(escaped(of_peer("db2.example"))), CONTEXT)
    assert policy["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert (outside.asked, policy["context"]) == ([], {})


def test_something_that_is_no_certificate_is_unauthorized(listed: None, outside: Outside) -> None:
    for values in (("nothing",), (escaped(of_peer()), escaped(of_peer()))):
        with pytest.raises(Unauthorized):
            authorize_professional(passed_on(*values), CONTEXT)
    assert outside.asked == []


def test_nobody_is_known_without_a_fresh_list(site: None, outside: Outside) -> None:
    policy = authorize_professional(passed_on(escaped(of_peer())), CONTEXT)
    assert policy["context"]["caller"] == "unavailable"
    assert outside.asked == []


def test_the_header_says_nothing_where_no_front_stands(listed: None, outside: Outside) -> None:
    none: tuple[dict[str, Any], ...] = ({"clientCert": None}, {"clientCert": {}})
    for identity in none:
        request = passed_on(escaped(of_peer("db2.example")), **identity)
        policy = authorize_professional(request, CONTEXT)
        assert policy["context"]["caller"] == "active"
        assert "peer" not in policy["context"]


@pytest.mark.parametrize(("shown", "caller"), [(True, "active"), (False, "")])
def test_a_deployment_may_require_a_certificate(
    listed: None, outside: Outside, monkeypatch: pytest.MonkeyPatch, *, shown: bool, caller: str
) -> None:
    monkeypatch.setenv("PEER_CERTIFICATES", "required")
    Settings.current.cache_clear()
    values = [escaped(of_peer())] if shown else []
    policy = authorize_professional(passed_on(*values), CONTEXT)
    Settings.current.cache_clear()
    assert policy["context"].get("caller", "") == caller


def test_a_bound_token_goes_with_its_certificate_alone(listed: None, outside: Outside) -> None:
    issued = of_peer()
    digest = issued.certificate.fingerprint(hashes.SHA256())
    thumbprint = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    outside.hosts["psc.example"] = lambda _: introspection(cnf={"x5t#S256": thumbprint})
    policy = authorize_professional(passed_on(escaped(issued)), CONTEXT)
    assert policy["context"]["caller"] == "active"
    for values in ([escaped(of_peer())], []):
        with pytest.raises(Unauthorized):
            authorize_professional(passed_on(*values), CONTEXT)


def test_the_list_is_read_once_a_minute(
    listed: None, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    get = DynamoWhiteLists.get

    def counted(self: DynamoWhiteLists) -> Any:
        read.append(1)
        return get(self)

    monkeypatch.setattr(DynamoWhiteLists, "get", counted)
    request = passed_on(escaped(of_peer()))
    for _ in range(2):
        authorize_professional(request, CONTEXT)
    assert len(read) == 1
    (kept,) = calling_peers._read.values()
    calling_peers._read["peers"] = (0.0, kept[1])
    authorize_professional(request, CONTEXT)
    assert len(read) == 2
