"""Sign-in at the operators' provider: an unproven response opens no session."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from functions.drimbox.budget import Budget
from functions.drimbox.errors import IdentityUnavailable, NotAuthenticated
from functions.drimbox.identity.oidc import (
    MAX_ANSWER,
    Application,
    ClientSecret,
    OidcClient,
    TlsCertificate,
    Tokens,
)
from functions.drimbox.identity.session import Attempt

ISSUER: Final = "https://identity.example/realm"
NOW: Final = datetime(2026, 11, 26, 20, 0, tzinfo=UTC)
BACK: Final = "https://vi.example/back"
APPLICATION: Final = Application(ISSUER, "drimbox", ClientSecret("s3 cret+"), BACK)
ATTEMPT: Final = Attempt("state-1", "nonce-1", "verifier-1")
RSA: Final = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
EC: Final = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
RETURNED: Final = {"state": "state-1", "code": "code-1", "iss": ISSUER}


class At:
    def now(self) -> datetime:
        return NOW


def claims(**changes: Any) -> dict[str, Any]:
    at = int(NOW.timestamp())
    usual = {"iss": ISSUER, "sub": "operator-1", "aud": "drimbox", "nonce": "nonce-1"}
    made = {**usual, "iat": at, "exp": at + 300, **changes}
    return {name: value for name, value in made.items() if value is not None}


@dataclass
class Provider:
    """A scripted provider; ``asked`` are the requests."""

    document: dict[str, Any] = field(default_factory=dict)
    token: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    answer: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
    asked: list[httpx.Request] = field(default_factory=list)
    keys: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {"kty": "oct", "k": "c2VjcmV0", "kid": "oct"},
            {"kty": "new", "kid": "unknown"},
            {**dict(RSA.as_dict(private=False)), "use": "enc", "kid": "other"},
            dict(RSA.as_dict(private=False)),
            dict(EC.as_dict(private=False)),
        ]
    )

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if (scripted := self.answer(request)) is not None:
            return scripted
        answers: dict[str, Any] = {
            "/realm/.well-known/openid-configuration": {
                "issuer": ISSUER,
                "authorization_endpoint": f"{ISSUER}/auth",
                "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/keys",
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
                **self.document,
            },
            "/realm/token": {"id_token": self.token, "token_type": "Bearer", **self.more},
            "/realm/keys": {"keys": self.keys},
        }
        return httpx.Response(200, json=answers[request.url.path])

    def client(self, application: Application = APPLICATION) -> OidcClient:
        return OidcClient(
            httpx.Client(transport=httpx.MockTransport(self), follow_redirects=True),
            application,
            At(),
        )


def signed(key: Any = RSA, alg: str = "RS256", **changes: Any) -> str:
    header = {"alg": alg, "kid": key.kid}
    return jwt.encode(header, claims(**changes), key, algorithms=[alg])


def test_the_question_is_that_of_the_code_flow_with_pkce() -> None:
    url = urlsplit(Provider().client().authorization_url(ATTEMPT))
    assert "prompt" not in url.query
    again = Provider().client().authorization_url(ATTEMPT, again=True)
    assert again.endswith("&prompt=login")
    challenge = urlsafe_b64encode(hashlib.sha256(b"verifier-1").digest()).rstrip(b"=").decode()
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{ISSUER}/auth"
    assert dict(parse_qsl(url.query, strict_parsing=True)) == {
        "client_id": "drimbox",
        "response_type": "code",
        "redirect_uri": "https://vi.example/back",
        "scope": "openid",
        "state": "state-1",
        "nonce": "nonce-1",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    asked = Provider(document={"authorization_endpoint": f"{ISSUER}/auth?p=1"}).client()
    assert f"{ISSUER}/auth?p=1&client_id=" in asked.authorization_url(ATTEMPT)


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (RSA, "PS256"), (EC, "ES256")])
def test_a_proven_sign_in_gives_its_subject(key: Any, alg: str) -> None:
    provider = Provider(token=signed(key, alg, aud=["drimbox"], azp="drimbox"))
    assert provider.client().redeem(ATTEMPT, RETURNED).subject == "operator-1"
    [redeemed] = [one for one in provider.asked if one.method == "POST"]
    assert dict(parse_qsl(redeemed.content.decode())) == {
        "grant_type": "authorization_code",
        "code": "code-1",
        "redirect_uri": "https://vi.example/back",
        "code_verifier": "verifier-1",
        "client_id": "drimbox",
    }
    scheme, _, pair = redeemed.headers["authorization"].partition(" ")
    # RFC 6749 2.3.1: form-encoded before it is joined.
    assert (scheme, b64decode(pair)) == ("Basic", b"drimbox:s3+cret%2B")


def test_a_public_client_shows_no_secret() -> None:
    provider = Provider(token=signed())
    application = Application(ISSUER, "drimbox", ClientSecret(""), BACK)
    assert provider.client(application).redeem(ATTEMPT, RETURNED).subject == "operator-1"
    assert all("authorization" not in one.headers for one in provider.asked)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://identity.example/other"},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"sub": "a\nb"},
        {"aud": None},
        {"aud": "another"},
        {"aud": ["drimbox", "another"]},
        {"aud": []},
        {"azp": "another"},
        {"nonce": None},
        {"nonce": "nonce-2"},
        {"exp": None},
        {"exp": int(NOW.timestamp()) - 61},
        {"exp": "never"},
        {"iat": None},
        {"iat": int(NOW.timestamp()) + 61},
        {"nbf": int(NOW.timestamp()) + 61},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_sign_in_opens_nothing(changes: dict[str, Any]) -> None:
    with pytest.raises(NotAuthenticated):
        Provider(token=signed(**changes)).client().redeem(ATTEMPT, RETURNED)


def spoiled(token: str, position: int) -> str:
    parts = token.split(".")
    parts[position] = parts[position][:-8] + ("AAAAAAAA" if position else "BBBBBBBB")
    return ".".join(parts)


def unsigned() -> str:
    def part(value: object) -> str:
        return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part(claims())}."


@pytest.mark.parametrize(
    "token",
    [
        signed(RSAKey.generate_key(2048, {"kid": "rsa"})),
        signed(RSAKey.generate_key(2048, {"kid": "nobody"})),
        signed(
            OctKey.import_key("c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTE", {"kid": "oct"}), "HS256"
        ),
        spoiled(signed(), 1),
        spoiled(signed(), 2),
        spoiled(signed(), 0),
        signed(RSAKey.import_key(RSA.as_dict(private=True), {"kid": "other"})),
        unsigned(),
        "not.a.token",
        "",
    ],
)
def test_a_token_that_no_key_of_the_provider_signed_opens_nothing(token: str) -> None:
    with pytest.raises(NotAuthenticated):
        Provider(token=token).client().redeem(ATTEMPT, RETURNED)


GOOD: Final = json.dumps(claims())[:-1]


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(f'{GOOD}, "aud": "drimbox"}}'.encode(), id="two audiences"),
        pytest.param(f'{GOOD}, "sub": "operator-2"}}'.encode(), id="two subjects"),
        pytest.param(f'{GOOD}, "amr": {{"a": 1, "a": 2}}}}'.encode(), id="a name twice, inside"),
        pytest.param(f'{GOOD}, "name": "\\ud800"}}'.encode(), id="half of a pair"),
        pytest.param(f'{GOOD}, "a": {"[" * 4_000}{"]" * 4_000}}}'.encode(), id="too deep"),
        pytest.param(f"{GOOD}}}".encode("utf-16"), id="not UTF-8"),
        pytest.param(f"{GOOD}}}".encode("utf-8-sig")[:-1], id="cut"),
        pytest.param(b"\xff", id="no text"),
        pytest.param(b"[]", id="no object"),
        pytest.param(json.dumps(claims(nonce=["nonce-1"])).encode(), id="several nonces"),
        pytest.param(json.dumps(claims(iss=[ISSUER])).encode(), id="several issuers"),
    ],
)
def test_claims_that_can_be_read_in_two_ways_open_nothing_although_they_are_signed(
    payload: bytes,
) -> None:
    token = jws.serialize_compact({"alg": "RS256", "kid": "rsa"}, payload, RSA)
    with pytest.raises(NotAuthenticated):
        Provider(token=token).client().redeem(ATTEMPT, RETURNED)


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "state-2"},
        {"state": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"code": None},
        {"code": ""},
        {"code": "x" * 2049},
        {"code": "a\x00"},
        {"code": None, "error": "access_denied"},
        {"error": "access_denied"},
    ],
    ids=str,
)
def test_a_return_that_is_not_that_of_the_sign_in_redeems_nothing(changes: dict[str, Any]) -> None:
    provider = Provider(token=signed())
    returned = {name: value for name, value in {**RETURNED, **changes}.items() if value is not None}
    with pytest.raises(NotAuthenticated):
        provider.client().redeem(ATTEMPT, returned)
    assert all(one.method == "GET" for one in provider.asked)


def test_a_provider_that_never_names_itself_is_heard_without_its_name() -> None:
    provider = Provider(
        token=signed(), document={"authorization_response_iss_parameter_supported": False}
    )
    returned = {"state": "state-1", "code": "code-1"}
    assert provider.client().redeem(ATTEMPT, returned).subject == "operator-1"


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://identity.example"},
        {"issuer": None},
        {"authorization_endpoint": "http://identity.example/auth"},
        {"authorization_endpoint": None},
        {"token_endpoint": "file:///etc/passwd"},
        {"token_endpoint": "https://"},
        {"token_endpoint": "https://ident\0ty.example/token"},
        {"token_endpoint": "https://identity.example:99999/token"},
        {"token_endpoint": "https://identity..example/token"},
        {"authorization_endpoint": "https://[::1/auth"},
        {"authorization_endpoint": "https://id]ntity.example/auth"},
        {"authorization_endpoint": "https://identity.example/\r\nset-cookie: a=b"},
        {"jwks_uri": f"https://{'a' * 64}.example/keys"},
        {"jwks_uri": 3},
        {"code_challenge_methods_supported": ["plain"]},
        {"code_challenge_methods_supported": "S256"},
    ],
    ids=str,
)
def test_a_document_that_is_not_the_provider_s_is_not_followed(document: dict[str, Any]) -> None:
    provider = Provider(token=signed(), document=document)
    with pytest.raises(IdentityUnavailable):
        provider.client().authorization_url(ATTEMPT)
    with pytest.raises(IdentityUnavailable):
        provider.client().redeem(ATTEMPT, RETURNED)
    assert all(one.method == "GET" for one in provider.asked)


@pytest.mark.parametrize("place", ["openid-configuration", "token", "keys"])
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, json={}),
        httpx.Response(302, headers={"location": "https://evil.example/"}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, text="[" * 100_000),
        httpx.Response(200, json={"keys": [{"kty": ["RSA"]}]}),
        httpx.Response(200, text='{"note": "\\ud800"}'),
        httpx.Response(200, text="x" * (MAX_ANSWER + 1)),
        httpx.Response(200, json={"keys": [{"kty": "RSA", "n": "?", "e": "AQAB"}]}),
        httpx.Response(401, json={"error": "invalid_client"}),
        None,
    ],
)
def test_a_provider_without_a_usable_answer_opens_nothing(
    place: str, answer: httpx.Response | None
) -> None:
    def reply(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith(place):
            return None
        if answer is None:
            raise httpx.ConnectTimeout("no answer", request=request)
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)

    provider = Provider(token=signed(), answer=reply)
    with pytest.raises(IdentityUnavailable) as raised:
        provider.client().redeem(ATTEMPT, RETURNED)
    assert "code-1" not in str(raised.value)
    assert all(one.url.host == "identity.example" for one in provider.asked)


@pytest.mark.parametrize("place", ["openid-configuration", "token", "keys"])
def test_a_provider_may_say_when_to_come_back(place: str) -> None:
    busy = httpx.Response(503, headers={"Retry-After": "40"})
    provider = Provider(
        token=signed(), answer=lambda request: busy if request.url.path.endswith(place) else None
    )
    with pytest.raises(IdentityUnavailable) as raised:
        provider.client().redeem(ATTEMPT, RETURNED)
    assert raised.value.retry_after == ("40",)


def test_a_refused_code_is_no_fault_of_the_provider() -> None:
    def reply(request: httpx.Request) -> httpx.Response | None:
        refused = request.url.path.endswith("token")
        return httpx.Response(400, json={"error": "invalid_grant"}) if refused else None

    with pytest.raises(NotAuthenticated):
        Provider(answer=reply).client().redeem(ATTEMPT, RETURNED)


@given(st.text(max_size=200), st.binary(max_size=200))
def test_any_token_and_any_keys_are_an_answer_or_a_refusal(token: str, keys: bytes) -> None:
    def reply(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(200, content=keys) if request.url.path.endswith("keys") else None

    for provider in (Provider(token=token), Provider(token=signed(), answer=reply)):
        with pytest.raises((NotAuthenticated, IdentityUnavailable)):
            provider.client().redeem(ATTEMPT, RETURNED)


def test_nothing_of_a_sign_in_is_written_where_it_is_shown() -> None:
    assert repr(ATTEMPT) == "Attempt(…)"
    assert "cret" not in repr(APPLICATION)
    assert repr(ClientSecret("s3 cret+")) == "ClientSecret(…)"
    assert repr(Tokens("s", {}, "i", "a", "r", NOW)) == "Tokens(…)"
    counted = iter(str(number) for number in range(9))
    assert Attempt.fresh(lambda: next(counted)) == Attempt("0", "1", "2")


def test_the_clock_of_the_provider_may_differ_by_a_minute() -> None:
    at = int((NOW + timedelta(seconds=59)).timestamp())
    provider = Provider(token=signed(iat=at))
    assert provider.client().redeem(ATTEMPT, RETURNED).subject == "operator-1"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ("", "", None)),
        (
            {"access_token": "a", "refresh_token": "r", "expires_in": 300},
            ("a", "r", NOW + timedelta(seconds=300)),
        ),
        ({"access_token": "a", "expires_in": 0}, ("a", "", None)),
        ({"access_token": "a", "expires_in": "300"}, ("a", "", None)),
        ({"access_token": "a", "expires_in": True}, ("a", "", None)),
        ({"access_token": "a", "expires_in": 10**12}, ("a", "", NOW + timedelta(days=30))),
    ],
    ids=str,
)
def test_the_tokens_are_those_of_the_answer(
    more: dict[str, Any], expected: tuple[str, str, datetime | None]
) -> None:
    provider = Provider(token=signed(name="Camille"), more=more)
    found = provider.client().redeem(ATTEMPT, RETURNED)
    assert (found.access_token, found.refresh_token, found.expires_at) == expected
    assert (found.subject, found.id_token) == ("operator-1", provider.token)
    assert found.claims["name"] == "Camille"


@pytest.mark.parametrize("name", ["id_token", "access_token", "refresh_token"])
@pytest.mark.parametrize("value", [7, "x" * (16 * 1024 + 1)])
def test_a_value_that_cannot_be_a_token_is_no_answer(name: str, value: object) -> None:
    provider = Provider(token=signed(), more={name: value})
    with pytest.raises(IdentityUnavailable):
        provider.client().redeem(ATTEMPT, RETURNED)


@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
def test_a_token_that_is_null_is_absent(name: str) -> None:
    provider = Provider(token=signed(), more={name: None})
    found = provider.client().redeem(ATTEMPT, RETURNED)
    assert (getattr(found, name), found.subject) == ("", "operator-1")


def test_an_id_token_that_is_null_is_no_answer() -> None:
    provider = Provider(token=signed(), more={"id_token": None})
    with pytest.raises(IdentityUnavailable):
        provider.client().redeem(ATTEMPT, RETURNED)


def test_scope_and_level_are_asked_for_and_the_level_is_demanded() -> None:
    application = Application(ISSUER, "drimbox", ClientSecret("s"), BACK, "openid more", "eidas1")
    url = urlsplit(Provider().client(application).authorization_url(ATTEMPT))
    asked = dict(parse_qsl(url.query))
    assert (asked["scope"], asked["acr_values"]) == ("openid more", "eidas1")
    found = Provider(token=signed(acr="eidas1")).client(application).redeem(ATTEMPT, RETURNED)
    assert found.claims["acr"] == "eidas1"
    for acr in (None, "eidas0", ["eidas1"]):
        with pytest.raises(NotAuthenticated):
            Provider(token=signed(acr=acr)).client(application).redeem(ATTEMPT, RETURNED)


@pytest.mark.parametrize(
    ("aliases", "path"),
    [
        ({"token_endpoint": f"{ISSUER}/mtls/token"}, "/realm/mtls/token"),
        ({}, "/realm/token"),
        (None, "/realm/token"),
        ([], "/realm/token"),
    ],
    ids=str,
)
def test_a_certificate_is_shown_at_the_alias_for_it_without_a_secret(
    aliases: object, path: str
) -> None:
    def reply(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/realm/mtls/token":
            return None
        return httpx.Response(200, json={"id_token": signed()})

    provider = Provider(token=signed(), document={"mtls_endpoint_aliases": aliases}, answer=reply)
    application = Application(ISSUER, "drimbox", TlsCertificate(), BACK)
    assert provider.client(application).redeem(ATTEMPT, RETURNED).subject == "operator-1"
    [redeemed] = [one for one in provider.asked if one.method == "POST"]
    assert redeemed.url.path == path
    assert "authorization" not in redeemed.headers
    assert dict(parse_qsl(redeemed.content.decode()))["client_id"] == "drimbox"
    assert provider.client(APPLICATION).redeem(ATTEMPT, RETURNED)
    assert provider.asked[-2].url.path == "/realm/token"


def refreshed(provider: Provider, application: Application = APPLICATION) -> Tokens:
    return provider.client(application).refresh("refresh-1", "operator-1", "nonce-1")


def test_a_refresh_gives_new_tokens() -> None:
    """Core 12: the ID token may be absent, and has no nonce or the same."""
    more = {"access_token": "a", "refresh_token": "r", "expires_in": 300}
    for token in (signed(), signed(nonce=None)):
        provider = Provider(token=token, more=more)
        found = refreshed(provider)
        assert (found.access_token, found.refresh_token, found.id_token) == ("a", "r", token)
        assert (found.subject, found.claims) == ("operator-1", {})
        assert found.expires_at == NOW + timedelta(seconds=300)
        [asked] = [one for one in provider.asked if one.method == "POST"]
        assert dict(parse_qsl(asked.content.decode())) == {
            "grant_type": "refresh_token",
            "refresh_token": "refresh-1",
            "client_id": "drimbox",
        }
    found = refreshed(Provider(more={"access_token": "a", "id_token": None}))
    assert (found.access_token, found.refresh_token, found.id_token) == ("a", "", "")


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "operator-2"},
        {"nonce": "nonce-2"},
        {"iss": "https://identity.example/other"},
        {"aud": "another"},
        {"exp": int(NOW.timestamp()) - 61},
    ],
    ids=str,
)
def test_a_refresh_for_somebody_else_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(NotAuthenticated):
        refreshed(Provider(token=signed(**changes), more={"access_token": "a"}))


def test_a_refreshed_id_token_states_the_same_level() -> None:
    application = Application(ISSUER, "drimbox", ClientSecret("s"), BACK, acr="eidas1")
    provider = Provider(token=signed(acr="eidas1"), more={"access_token": "a"})
    assert refreshed(provider, application).access_token == "a"
    with pytest.raises(NotAuthenticated):
        refreshed(Provider(token=signed(acr="0"), more={"access_token": "a"}), application)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), NotAuthenticated),
        (httpx.Response(400, json={"error": "invalid_client"}), IdentityUnavailable),
        (httpx.Response(200, json={"refresh_token": "r"}), IdentityUnavailable),
        (httpx.Response(200, json={"access_token": ""}), IdentityUnavailable),
        (httpx.Response(200, json={"access_token": ["a"]}), IdentityUnavailable),
        (httpx.Response(503), IdentityUnavailable),
    ],
    ids=str,
)
def test_a_refresh_that_gives_no_token(
    answer: httpx.Response, error: type[NotAuthenticated | IdentityUnavailable]
) -> None:
    def reply(request: httpx.Request) -> httpx.Response | None:
        return answer if request.method == "POST" else None

    with pytest.raises(error):
        refreshed(Provider(answer=reply))


@pytest.mark.parametrize("path", ["/realm/.well-known/openid-configuration", "/realm/keys"])
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503),
        httpx.Response(404),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"issuer": ISSUER, "keys": [{"kty": "RSA", "n": 1}]}),
        httpx.ReadTimeout("slow"),
    ],
    ids=str,
)
def test_no_refresh_token_is_spent_before_its_answer_can_be_proven(
    path: str, answer: httpx.Response | httpx.ReadTimeout
) -> None:
    def reply(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != path:
            return None
        if isinstance(answer, httpx.Response):
            return answer
        raise answer

    provider = Provider(token=signed(), more={"access_token": "a"}, answer=reply)
    with pytest.raises(IdentityUnavailable):
        refreshed(provider)
    assert {one.method for one in provider.asked} == {"GET"}


@pytest.mark.parametrize(("seconds", "sent"), [(5, True), (6, False)])
def test_a_refresh_token_is_sent_soon_or_not_at_all(seconds: int, sent: bool) -> None:
    """A function that ends before the answer comes would lose the new tokens."""
    times = [NOW, NOW + timedelta(seconds=seconds)]

    class Passing:
        def now(self) -> datetime:
            return times.pop(0) if len(times) > 1 else times[0]

    provider = Provider(token=signed(), more={"access_token": "a"})
    http = httpx.Client(transport=httpx.MockTransport(provider))
    client = OidcClient(http, APPLICATION, Passing())
    if sent:
        assert client.refresh("refresh-1", "operator-1", "nonce-1").access_token == "a"
    else:
        with pytest.raises(IdentityUnavailable, match="too long"):
            client.refresh("refresh-1", "operator-1", "nonce-1")
    assert ("POST" in {one.method for one in provider.asked}) is sent
    assert {one.extensions["timeout"].get("read") for one in provider.asked} == {6.0}


@pytest.mark.parametrize(("each", "sent"), [(5.0, 3), (7.0, 2), (8.0, 2)])
def test_all_questions_share_one_budget_and_a_refresh_token_is_not_sent_late(
    each: float, sent: int
) -> None:
    now = [0.0]

    def reply(_: httpx.Request) -> None:
        now[0] += each

    provider = Provider(token=signed(), more={"access_token": "a"}, answer=reply)
    http = httpx.Client(transport=httpx.MockTransport(provider))
    client = OidcClient(http, APPLICATION, At(), Budget(18.0, lambda: now[0]))
    if sent == 3:
        assert client.refresh("refresh-1", "operator-1", "nonce-1").access_token == "a"
    else:
        with pytest.raises(IdentityUnavailable):
            client.refresh("refresh-1", "operator-1", "nonce-1")
    assert [one.method for one in provider.asked] == ["GET", "GET", "POST"][:sent]


def test_a_budget_that_is_spent_asks_nobody() -> None:
    provider = Provider()
    http = httpx.Client(transport=httpx.MockTransport(provider))
    client = OidcClient(http, APPLICATION, At(), Budget(1.0))
    with pytest.raises(IdentityUnavailable) as raised:
        client.authorization_url(ATTEMPT)
    assert (raised.value.code, provider.asked) == ("timeout", [])


@pytest.mark.parametrize("status", [200, 204, 302])
def test_the_end_is_asked_by_us_and_no_token_stands_in_an_address(status: int) -> None:
    def reply(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(status, html="<p>") if request.method == "POST" else None

    provider = Provider(document={"end_session_endpoint": f"{ISSUER}/logout"}, answer=reply)
    provider.client().end("id-token-1")
    [asked] = [one for one in provider.asked if one.method == "POST"]
    assert str(asked.url) == f"{ISSUER}/logout"
    form = dict(parse_qsl(asked.content.decode()))
    assert form == {"id_token_hint": "id-token-1", "client_id": "drimbox"}
    assert all("id-token-1" not in str(one.url) for one in provider.asked)


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ({}, 200),
        ({"end_session_endpoint": "http://identity.example/logout"}, 200),
        ({"end_session_endpoint": f"{ISSUER}/logout"}, 400),
        ({"end_session_endpoint": f"{ISSUER}/logout"}, 503),
    ],
    ids=str,
)
def test_an_end_that_is_not_confirmed_is_told(document: dict[str, Any], status: int) -> None:
    def reply(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(status) if request.method == "POST" else None

    with pytest.raises(IdentityUnavailable):
        Provider(document=document, answer=reply).client().end("id-token-1")


def test_the_provider_s_document_may_have_another_name() -> None:
    def reply(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == "/realm/.well-known/wallet":
            return httpx.Response(200, json={"issuer": ISSUER})
        raise AssertionError(request.url)

    application = Application(ISSUER, "drimbox", ClientSecret("s"), BACK, document="wallet")
    with pytest.raises(IdentityUnavailable, match="authorization_endpoint"):
        Provider(answer=reply).client(application).authorization_url(ATTEMPT)
