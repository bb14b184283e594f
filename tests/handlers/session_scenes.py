"""Sign-ins of operators, for the tests of several Lambdas."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from functions.authorize_operator.handler import handler as authorize_operator
from functions.drimbox.pages.kit.stylesheet import CONTENT_SECURITY_POLICY, SCRIPTED
from functions.drimbox.pages.reading.viewer_page import viewer_headers
from functions.operator_session.handler import handler as operator_session
from tests.handlers.conftest import CONTEXT, Outside, event, now

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
    """A page: never kept, never framed; it runs a script of ours at most, or the viewer."""
    headers = reply["headers"]
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    body = base64.b64decode(reply["body"]).decode()
    wanted = SCRIPTED if "<script" in body else CONTENT_SECURITY_POLICY
    if 'id="viewer"' in body:
        buckets = [f"https://{one}.s3.eu-west-3.amazonaws.com" for one in ("cache", "readings")]
        wanted = viewer_headers(buckets)["Content-Security-Policy"]
    assert headers["Content-Security-Policy"] == wanted
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    return body


def with_cookies(made: dict[str, Any], **values: str) -> dict[str, Any]:
    """The event ``made`` with these cookies."""
    line = "; ".join(f"{key}={value}" for key, value in values.items())
    headers = {**made["multiValueHeaders"], "Cookie": [line] if line else []}
    return {**made, "multiValueHeaders": headers}


def start(outside: Outside, subject: str = "operator-1", **query: str) -> tuple[str, str]:
    """Begin a sign-in: the cookie's value and the state."""
    asked: dict[str, str] = {}
    outside.hosts["identity.example"] = provider(subject, lambda: asked.get("nonce", ""))
    given = {name: [value] for name, value in query.items()}
    begun = event("operator_session/start", multiValueQueryStringParameters=given)
    reply = operator_session(begun, CONTEXT)
    assert reply["statusCode"] == 303
    url = urlsplit(reply["headers"]["Location"])
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{ISSUER}/auth"
    asked |= dict(parse_qsl(url.query))
    assert asked["redirect_uri"] == f"{HOST}{BASE}/session"
    assert asked.get("prompt") == ("login" if "again" in query else None)
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
