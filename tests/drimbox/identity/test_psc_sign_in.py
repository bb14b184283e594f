"""The professional's sign-in: three answers about one person, or nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from functions.drimbox.errors import IdentityUnavailable, NotAuthenticated
from functions.drimbox.identity.oidc import OidcClient
from functions.drimbox.identity.psc import PscClient
from functions.drimbox.identity.psc_sign_in import PscSignIn, application
from functions.drimbox.identity.session import Attempt

NOW: Final = datetime(2026, 11, 26, 20, 0, tzinfo=UTC)
AT: Final = int(NOW.timestamp())
ISSUER: Final = "https://psc.example/realm"
KEY: Final = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})
ATTEMPT: Final = Attempt("state-1", "nonce-1", "verifier-1")
RETURNED: Final = {"state": "state-1", "code": "code-1"}
SUB: Final = "f:realm:1"


class At:
    def now(self) -> datetime:
        return NOW


@dataclass
class Psc:
    """Pro Santé Connect, scripted; the dicts change its answers."""

    token: dict[str, Any] = field(default_factory=dict)
    introspection: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "sub": SUB,
            "aud": "box",
            "nonce": "nonce-1",
            "acr": "eidas1",
        }
        claims |= {"iat": AT, "exp": AT + 300}
        answers: dict[str, Any] = {
            "/realm/.well-known/wallet-openid-configuration": {
                "issuer": ISSUER,
                "authorization_endpoint": "https://wallet.example/auth",
                "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/keys",
                "end_session_endpoint": f"{ISSUER}/logout",
            },
            "/realm/keys": {"keys": [KEY.as_dict(private=False)]},
            "/realm/token": {
                "id_token": jwt.encode({"alg": "RS256", "kid": "1"}, claims, KEY),
                "access_token": "access-1",
                "refresh_token": "refresh-1",
                **self.token,
            },
            "/realm/logout": {},
            "/introspect": {
                **{"active": True, "exp": AT + 240, "iat": AT, "iss": ISSUER, "sub": SUB},
                **{"typ": "Bearer", "azp": "box", "SubjectNameID": "899"},
                **self.introspection,
            },
            "/userinfo": {"sub": SUB, "SubjectNameID": "899", "family_name": "X", **self.userinfo},
        }
        return httpx.Response(200, json=answers[request.url.path])

    def sign_in(self) -> PscSignIn:
        http = httpx.Client(transport=httpx.MockTransport(self))
        psc = PscClient(
            http,
            "https://psc.example/introspect",
            "https://psc.example/userinfo",
            "box",
            At(),
            issuer=ISSUER,
        )
        known = application(ISSUER, "box", "https://vi.example/back")
        return PscSignIn(OidcClient(http, known, At()), psc, "box")


def test_the_question_is_that_of_pro_sante_connect() -> None:
    url = urlsplit(Psc().sign_in().authorization_url(ATTEMPT))
    assert url.netloc == "wallet.example"
    asked = dict(parse_qsl(url.query))
    assert asked["scope"] == "openid scope_all"
    assert asked["acr_values"] == "eidas1"
    assert asked["code_challenge_method"] == "S256"
    assert (asked["state"], asked["nonce"]) == ("state-1", "nonce-1")


def test_a_professional_who_is_proven_is_signed_in() -> None:
    psc = Psc()
    came = psc.sign_in().redeem(ATTEMPT, RETURNED)
    assert came.professional.subject_name_id == "899"
    assert (came.tokens.access_token, came.tokens.refresh_token) == ("access-1", "refresh-1")
    assert came.expires_at == NOW + timedelta(seconds=240)
    # RFC 8705: no secret and no assertion proves the application.
    for request in psc.asked:
        assert not request.headers.get("authorization", "").startswith("Basic")
        assert b"client_secret" not in request.content
        assert b"client_assertion" not in request.content


@pytest.mark.parametrize(
    ("psc", "error"),
    [
        (Psc(token={"access_token": None}), IdentityUnavailable),
        (Psc(token={"access_token": "not a token"}), NotAuthenticated),
        (Psc(introspection={"azp": "another"}), NotAuthenticated),
        (Psc(introspection={"sub": "f:realm:2"}, userinfo={"sub": "f:realm:2"}), NotAuthenticated),
        (Psc(introspection={"active": False}), NotAuthenticated),
        (Psc(introspection={"exp": AT}), NotAuthenticated),
        (Psc(userinfo={"sub": "f:realm:2"}), IdentityUnavailable),
        (Psc(userinfo={"SubjectNameID": "898"}), IdentityUnavailable),
    ],
    ids=lambda value: str(value)[:60],
)
def test_answers_about_two_persons_sign_nobody_in(psc: Psc, error: type[Exception]) -> None:
    with pytest.raises(error):
        psc.sign_in().redeem(ATTEMPT, RETURNED)


def test_tokens_are_renewed_and_the_session_is_ended() -> None:
    psc = Psc(token={"access_token": "access-2"})
    assert psc.sign_in().refresh("refresh-1", SUB, "nonce-1").access_token == "access-2"
    psc.sign_in().end("id-token-1")
    assert psc.asked[-1].url.path == "/realm/logout"
    assert b"id_token_hint=id-token-1" in psc.asked[-1].content
