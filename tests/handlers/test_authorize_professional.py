"""The token of Pro Santé Connect."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from functions.authorize_professional.handler import handler as authorize_professional
from functions.aws import clients
from functions.aws.entry import InternalFailure
from functions.aws.policies import Unauthorized
from functions.retrieve_study.handler import handler as retrieve_study
from tests.fakes.logs import written
from tests.handlers.conftest import (
    CONTEXT,
    ENVIRONMENT,
    Outside,
    audited,
    event,
    now,
    refused_callers,
)
from tests.handlers.image_scenes import PROFESSIONAL, TOKEN, down, problem


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
