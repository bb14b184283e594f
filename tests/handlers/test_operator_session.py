"""Operators on the ``vi`` host: signing in and out, and refusals to anybody else."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from functions.authorize_operator.handler import handler as authorize_operator
from functions.aws import callers, clients
from functions.aws.entry import InternalFailure
from functions.drimbox.identity.session import form_token
from functions.drimbox.pages.kit.stylesheet import CONTENT_SECURITY_POLICY
from functions.operator_session.handler import handler as operator_session
from functions.show_operations_pages.handler import handler as show_operations_pages
from tests.fakes.logs import written
from tests.handlers.conftest import CONTEXT, Outside, audit_records, audited, event, now, stores

ISSUER = "https://identity.example/realm"
KEY = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})
COOKIE = "__Host-operator-demo"
HOST = "https://vi.drimbox.example"
BASE = "/v1/tenants/demo/operations"


def provider(subject: str, nonce: Callable[[], str]) -> Callable[[httpx.Request], httpx.Response]:
    """The operators' provider, where ``subject`` has just signed in."""

    def answer(request: httpx.Request) -> httpx.Response:
        at = int(now().timestamp())
        claims = {
            **{"iss": ISSUER, "sub": subject, "aud": "drimbox-operations", "nonce": nonce()},
            **{"iat": at, "exp": at + 60},
        }
        answers: dict[str, Any] = {
            "openid-configuration": {
                "issuer": ISSUER,
                "authorization_endpoint": f"{ISSUER}/auth",
                "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/keys",
            },
            "token": {"id_token": jwt.encode({"alg": "RS256", "kid": "1"}, claims, KEY)},
            "keys": {"keys": [KEY.as_dict(private=False)]},
        }
        return httpx.Response(200, json=answers[request.url.path.rpartition("/")[2]])

    return answer


def cookies(reply: Mapping[str, Any]) -> dict[str, str]:
    """The cookies that a reply sets; each is this host's alone."""
    found = {}
    for line in reply.get("multiValueHeaders", {}).get("Set-Cookie", []):
        pair, *attributes = [part.strip() for part in line.split(";")]
        name, _, value = pair.partition("=")
        assert name.startswith("__Host-")
        assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} <= set(attributes)
        assert not [one for one in attributes if one.startswith("Domain")]
        found[name] = value
    return found


def text(reply: Mapping[str, Any]) -> str:
    """A page: never kept, never run, never framed."""
    headers = reply["headers"]
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    return base64.b64decode(reply["body"]).decode()


def with_cookies(made: dict[str, Any], **values: str) -> dict[str, Any]:
    """The event ``made`` with these cookies."""
    line = "; ".join(f"{key}={value}" for key, value in values.items())
    headers = {**made["multiValueHeaders"], "Cookie": [line] if line else []}
    return {**made, "multiValueHeaders": headers}


def start(outside: Outside, subject: str = "operator-1") -> tuple[str, str]:
    """Begin a sign-in: the cookie's value and the state."""
    asked: dict[str, str] = {}
    outside.hosts["identity.example"] = provider(subject, lambda: asked.get("nonce", ""))
    reply = operator_session(event("operator_session/start"), CONTEXT)
    assert reply["statusCode"] == 303
    url = urlsplit(reply["headers"]["Location"])
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{ISSUER}/auth"
    asked |= dict(parse_qsl(url.query))
    assert asked["redirect_uri"] == f"{HOST}{BASE}/session"
    return cookies(reply)["__Host-signin-demo"], asked["state"]


def come_back(cookie: str, state: str, before: str = "", **changes: list[str]) -> dict[str, Any]:
    """The provider's redirection."""
    query = {"state": [state], "code": ["code-of-a-test"], "iss": [ISSUER], **changes}
    values = {"__Host-signin-demo": cookie, **({COOKIE: before} if before else {})}
    made = with_cookies(
        event("operator_session/return", multiValueQueryStringParameters=query),
        **values,
    )
    reply: dict[str, Any] = operator_session(made, CONTEXT)
    return reply


def sign_in(outside: Outside, subject: str = "operator-1", before: str = "") -> str:
    """The cookie's value of a new session."""
    reply = come_back(*start(outside, subject), before)
    assert reply["statusCode"] == 303
    assert reply["headers"]["Location"] == BASE
    set_ = cookies(reply)
    assert set_["__Host-signin-demo"] == ""
    return set_[COOKIE]


def authorized(cookie: str, tenant: str = "demo") -> dict[str, str]:
    """The authorizer's context for a request with that session."""
    made = with_cookies(
        event("authorize_operator/session", pathParameters={"tenant": tenant}),
        **{COOKIE: cookie},
    )
    context: dict[str, str] = authorize_operator(made, CONTEXT)["context"]
    return context


def test_an_operator_signs_in_and_out(site: None, outside: Outside) -> None:
    cookie = sign_in(outside)
    assert authorized(cookie) == {
        **{"caller": callers.SIGNED_IN, "tenant": "demo", "subject": "operator-1"},
    }
    leaving = leave(cookie, form_token(cookie))
    assert leaving["statusCode"] == 303
    assert leaving["headers"]["Location"] == f"{BASE}?left=1"
    assert cookies(leaving) == {COOKIE: ""}
    assert authorized(cookie) == {"caller": callers.NOBODY}
    assert sorted(audited()) == [
        ("operator.sign_in_started", "success"),
        ("operator.signed_in", "success"),
        ("operator.signed_out", "success"),
    ]
    who = {one["event"]: one["who"] for one in audit_records()}
    assert who["operator.signed_in"] == who["operator.signed_out"] == "operator-1"


def leave(cookie: str, token: str, **headers: list[str]) -> dict[str, Any]:
    made = with_cookies(
        event(
            "operator_session/leave",
            body=urlencode({"verb": "sign_out", "token": token}),
        ),
        **{COOKIE: cookie},
    )
    made["multiValueHeaders"] |= headers
    reply: dict[str, Any] = operator_session(made, CONTEXT)
    return reply


def test_a_form_of_elsewhere_signs_nobody_out(site: None, outside: Outside) -> None:
    cookie = sign_in(outside)
    for reply in (
        leave(cookie, form_token("x" * 43)),
        leave(cookie, form_token(cookie), Origin=["https://evil.example"]),
        leave(cookie, form_token(cookie), Origin=[]),
        leave(cookie, form_token(cookie), Origin=["null"]),
    ):
        assert reply["statusCode"] == 403
        assert "foreign_form" in text(reply)
    for reply in (
        leave(cookie, form_token(cookie), **{"Content-Type": ["text/plain"]}),
        leave(cookie, form_token(cookie) + "&token=x"),
    ):
        assert reply["statusCode"] in {400, 403}
    assert authorized(cookie)["caller"] == callers.SIGNED_IN


def test_a_session_is_another_one_after_each_sign_in(site: None, outside: Outside) -> None:
    first = sign_in(outside)
    second = sign_in(outside, before=first)
    assert first != second
    assert authorized(first) == {"caller": callers.NOBODY}
    assert authorized(second)["caller"] == callers.SIGNED_IN


def test_who_is_no_operator_of_the_tenant_gets_no_session(site: None, outside: Outside) -> None:
    reply = come_back(*start(outside, "stranger-1"))
    assert reply["statusCode"] == 403
    assert "not_an_operator" in text(reply)
    assert COOKIE not in cookies(reply)
    assert ("operator.signed_in", "not_an_operator") in audited()
    assert [r["who"] for r in audit_records() if r["result"] == "not_an_operator"] == ["stranger-1"]


def test_a_return_without_its_start_is_refused(site: None, outside: Outside) -> None:
    with written() as log:
        cookie, state = start(outside)
        for reply in (
            come_back("", state),
            come_back("x" * 43, state),
            come_back(cookie, "another"),
            come_back(cookie, state),  # the attempt was spent on the line before
        ):
            assert reply["statusCode"] == 403
            assert "not_authenticated" in text(reply)
            assert COOKIE not in cookies(reply)
        twice = come_back(*start(outside), code=["a", "b"])
        assert twice["statusCode"] == 400
    assert ("operator.signed_in", "not_authenticated") in audited()
    assert ("operator.signed_in", "bad_request") in audited()
    for secret in ("code-of-a-test", state, cookie):
        assert secret not in log.getvalue()


def test_a_provider_that_is_down_lets_nobody_in(site: None, outside: Outside) -> None:
    cookie, state = start(outside)
    outside.hosts["identity.example"] = lambda _: httpx.Response(503)
    assert operator_session(event("operator_session/start"), CONTEXT)["statusCode"] == 503
    reply = come_back(cookie, state)
    assert reply["statusCode"] == 503
    assert "identity_unavailable" in text(reply)
    assert ("operator.sign_in_started", "identity_unavailable") in audited()
    assert ("operator.signed_in", "identity_unavailable") in audited()


def test_a_tenant_that_does_not_exist_has_no_sign_in(site: None, outside: Outside) -> None:
    elsewhere = {"pathParameters": {"tenant": "another"}}
    for reply in (
        operator_session(event("operator_session/start", **elsewhere), CONTEXT),
        operator_session(event("operator_session/return", **elsewhere), CONTEXT),
    ):
        assert reply["statusCode"] == 404
        text(reply)
    assert authorized("x" * 43, "another") == {"caller": callers.NOBODY}
    assert outside.asked == []


def test_a_session_of_one_tenant_is_none_of_another(site: None, outside: Outside) -> None:
    facts = json.loads(
        clients.ssm().get_parameter(Name="/drimbox/tenants/demo")["Parameter"]["Value"]
    )
    clients.ssm().put_parameter(
        Name="/drimbox/tenants/voisin",
        Value=json.dumps({**facts, "tenant": "voisin"}),
        Type="String",
    )
    clients.secretsmanager().create_secret(
        Name="drimbox/tenants/voisin/sessions", SecretString="B" * 64
    )
    cookie = sign_in(outside)
    made = with_cookies(
        event("authorize_operator/session", pathParameters={"tenant": "voisin"}),
        **{"__Host-operator-voisin": cookie},
    )
    assert authorize_operator(made, CONTEXT)["context"] == {"caller": callers.NOBODY}
    # Nor is its record, copied to the other tenant: even where both had the same secret.
    for record in clients.dynamodb().scan(TableName="sessions")["Items"]:
        copied = {**record, "tenant": {"S": "voisin"}}
        clients.dynamodb().put_item(TableName="sessions", Item=copied)
    assert authorize_operator(made, CONTEXT)["context"] == {"caller": callers.NOBODY}


def test_a_cookie_that_is_sent_twice_is_none(site: None, outside: Outside) -> None:
    cookie = sign_in(outside)
    made = with_cookies(event("authorize_operator/session"), **{COOKIE: cookie})
    made["multiValueHeaders"]["Cookie"] = [f"{COOKIE}={cookie}; {COOKIE}={cookie}"]
    assert authorize_operator(made, CONTEXT)["context"] == {"caller": callers.NOBODY}


def test_sessions_that_cannot_be_read_let_nobody_in(site: None, outside: Outside) -> None:
    cookie = sign_in(outside)
    clients.dynamodb().delete_table(TableName="sessions")
    with pytest.raises(InternalFailure):
        authorized(cookie)


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"caller": callers.NOBODY},
        {"caller": callers.ACTIVE, "tenant": "demo", "subject": "operator-1"},
        {"caller": callers.SIGNED_IN, "tenant": "another", "subject": "operator-1"},
        {"caller": callers.SIGNED_IN, "tenant": "demo", "subject": ""},
    ],
)
def test_without_a_session_there_is_the_way_in_and_nothing_else(
    site: None, context: dict[str, str]
) -> None:
    made = event("show_operations_pages/queue")
    made["requestContext"]["authorizer"] = context
    reply = show_operations_pages(made, CONTEXT)
    page = text(reply)
    assert reply["statusCode"] == 200
    assert f'href="{BASE}/sign-in"' in page
    assert "Centre de radiologie" not in page
    assert audited() == []
    made = event("operator_session/leave")
    made["requestContext"]["authorizer"] = context
    assert operator_session(made, CONTEXT)["statusCode"] == 403


def test_the_language_is_the_browser_s_until_it_is_chosen(site: None) -> None:
    def asked(accept: str, **more: Any) -> tuple[str, dict[str, str]]:
        made = event("show_operations_pages/queue", **more)
        made["requestContext"]["authorizer"] = {}
        made["multiValueHeaders"] = {
            "Accept-Language": [accept],
            "Cookie": made["multiValueHeaders"]["Cookie"],
        }
        reply = show_operations_pages(made, CONTEXT)
        return reply["headers"]["Content-Language"], cookies(reply)

    assert asked("fr") == ("fr", {})
    assert asked("en-GB, fr;q=0.5") == ("en", {})
    chosen = asked("fr", queryStringParameters={"lang": "en"})
    assert chosen == ("en", {"__Host-language": "en"})
    assert asked("en", queryStringParameters={"lang": "<script>"})[0] == "en"


def test_the_table_forgets_sessions_after_their_longest_life(site: None, outside: Outside) -> None:
    sign_in(outside)
    [item] = clients.dynamodb().scan(TableName="sessions")["Items"]
    left = int(item["ends_at"]["N"]) - now().timestamp()
    assert timedelta(hours=7).total_seconds() < left <= timedelta(hours=8).total_seconds()


def test_a_session_that_ended_meanwhile_is_not_made_again(site: None) -> None:
    store = stores().sessions._store
    store.note("session#gone", "used_at", "2026")
    assert store.get("session#gone") is None
