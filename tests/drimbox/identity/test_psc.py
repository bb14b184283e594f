"""functions.drimbox.identity.psc: every check of every answer, without a network."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.budget import Budget
from functions.drimbox.errors import DrimboxError, IdentityUnavailable, NotAuthenticated
from functions.drimbox.identity.access_token import ActiveToken, RawToken
from functions.drimbox.identity.health_professional import Activity, HealthProfessional
from functions.drimbox.identity.psc import CLOCK_SKEW, MAX_ANSWER, PscClient
from functions.drimbox.transport import open_client

NOW = datetime(2026, 11, 24, 10, 0, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
ISSUER = "https://psc.example/auth/realms/esante-wallet"
TOKEN = "canary-token.with-every_allowed~character+/0=="
Handler = Callable[[httpx.Request], httpx.Response]


@dataclass(frozen=True, slots=True)
class At:
    time: datetime = NOW

    def now(self) -> datetime:
        return self.time


def client(handler: Handler) -> PscClient:
    return PscClient(
        open_client(transport=httpx.MockTransport(handler)),
        "https://psc.example/introspect",
        "https://psc.example/userinfo",
        "drimbox",
        At(),
        issuer=ISSUER,
    )


def test_a_budget_that_is_spent_asks_nobody() -> None:
    def never(_: httpx.Request) -> httpx.Response:
        raise AssertionError("asked")

    asking = PscClient(
        open_client(transport=httpx.MockTransport(never)),
        "https://psc.example/introspect",
        "https://psc.example/userinfo",
        "drimbox",
        At(),
        issuer=ISSUER,
        budget=Budget(1.0),
    )
    with pytest.raises(IdentityUnavailable) as raised:
        asking.introspect(RawToken("token-of-a-test"))
    assert raised.value.code == "timeout"


def answering(answer: Any, status: int = 200) -> Handler:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return lambda request: httpx.Response(status, content=body)


def introspection(**changes: Any) -> dict[str, Any]:
    """A good answer; a change to None leaves the claim out."""
    answer = {
        "active": True,
        "exp": SECONDS + 300,
        "iat": SECONDS - 1,
        "iss": ISSUER,
        "sub": "f:realm:899000000001",
        "typ": "Bearer",
        "azp": "other-box",
        "SubjectNameID": "899000000001",
        **changes,
    }
    return {name: value for name, value in answer.items() if value is not None}


def introspect(answer: Any, status: int = 200) -> ActiveToken:
    return client(answering(answer, status)).introspect(RawToken(TOKEN))


def test_asks_with_a_form_and_gives_the_token_as_active() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=introspection())

    found = client(handler).introspect(RawToken(TOKEN))
    assert found == ActiveToken(
        value=TOKEN,
        subject="f:realm:899000000001",
        subject_name_id="899000000001",
        client_id="other-box",
        expires_at=NOW + timedelta(seconds=300),
    )
    (request,) = seen
    assert (request.method, str(request.url)) == ("POST", "https://psc.example/introspect")
    assert request.headers["accept"] == "application/json"
    assert parse_qs(request.content.decode()) == {
        "token": [TOKEN],
        "token_type_hint": ["access_token"],
        "client_id": ["drimbox"],
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": SECONDS + 1},
        {"iat": SECONDS + int(CLOCK_SKEW.total_seconds())},
        {"typ": "bearer"},
        {"typ": None, "token_type": "Bearer"},
        {"azp": None, "client_id": "other-box"},
        {"cnf": None},
    ],
)
def test_takes_what_is_just_good_enough(changes: dict[str, Any]) -> None:
    assert introspect(introspection(**changes)).client_id == "other-box"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"active": False}, "inactive"),
        ({"exp": SECONDS}, "expired"),
        ({"exp": 0}, "expired"),
        ({"iat": SECONDS + 61}, "future"),
        ({"iss": ISSUER + "/"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"iss": [ISSUER]}, "issuer"),
        ({"typ": "Refresh"}, "not an access token"),
        ({"typ": None}, "not an access token"),
        ({"typ": "Refresh", "token_type": "Bearer"}, "not an access token"),
        ({"sub": None}, "subject"),
        ({"sub": " "}, "subject"),
        ({"SubjectNameID": None}, "subject"),
        ({"SubjectNameID": ""}, "subject"),
        ({"SubjectNameID": 8}, "subject"),
        ({"azp": None}, "application"),
        ({"azp": "", "client_id": " "}, "application"),
        ({"cnf": {"x5t#S256": "abc"}}, "bound"),
        ({"cnf": {"x5t#S256": ""}}, "bound"),
        ({"cnf": {"x5t#S256": ""}, "SubjectNameID": None}, "subject"),
        ({"cnf": {"jkt": "abc"}}, "bound"),
        ({"cnf": {}}, "bound"),
        ({"cnf": "abc"}, "bound"),
        ({"cnf": False}, "bound"),
    ],
)
def test_refuses_every_other_token(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(NotAuthenticated, match=reason):
        introspect(introspection(**changes))


@pytest.mark.parametrize(
    ("confirmation", "thumbprint"),
    [
        ({"x5t#S256": "abc"}, "abd"),
        ({"x5t#S256": "abc"}, ""),
        ({"x5t#S256": ""}, ""),
        ({"x5t#S256": "abc", "jkt": "abc"}, "abc"),
        ({"jkt": "abc"}, "abc"),
        ({}, "abc"),
        ("abc", "abc"),
    ],
)
def test_a_bound_token_is_good_with_its_own_certificate_alone(
    confirmation: Any, thumbprint: str
) -> None:
    bound = client(answering(introspection(cnf={"x5t#S256": "abc"}), 200))
    assert bound.introspect(RawToken(TOKEN), "abc").client_id == "other-box"
    other = client(answering(introspection(cnf=confirmation), 200))
    with pytest.raises(NotAuthenticated, match="bound to another key"):
        other.introspect(RawToken(TOKEN), thumbprint)


def test_a_token_that_is_bound_to_nothing_goes_with_any_certificate() -> None:
    free = client(answering(introspection(), 200))
    assert free.introspect(RawToken(TOKEN), "abc").client_id == "other-box"


GARBAGE = [
    b"",
    b"<html></html>",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"exp": ' + b"9" * 5000 + b"}",
    b"[]",
    b"null",
    b'"active"',
    b"{}",
    json.dumps(introspection()).replace("}", ', "active": false}').encode(),
    json.dumps(introspection(note="\ud800")).encode(),
]


@pytest.mark.parametrize(
    "answer",
    [
        *GARBAGE,
        introspection(active=None),
        introspection(active="true"),
        introspection(active=1),
        introspection(exp=None),
        introspection(exp="2000000000"),
        introspection(exp=float(SECONDS + 300)),
        introspection(exp=True),
        introspection(exp=-1),
        introspection(exp=10**30),
        introspection(iat=None),
        introspection(iat="now"),
        b" " * (MAX_ANSWER + 1),
    ],
)
def test_an_answer_that_makes_no_sense_closes_access(answer: Any) -> None:
    with pytest.raises(IdentityUnavailable, match="introspection") as caught:
        introspect(answer)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("status", [429, 503])
def test_a_refusal_tells_when_to_come_back(status: int) -> None:
    busy = client(lambda _: httpx.Response(status, headers={"Retry-After": "40"}))
    for ask in (lambda: busy.introspect(RawToken(TOKEN)), lambda: busy.userinfo(ACTIVE)):
        with pytest.raises(IdentityUnavailable, match=f"status {status}") as caught:
            ask()
        assert caught.value.retry_after == ("40",)


@pytest.mark.parametrize("status", [201, 204, 302, 400, 401, 403, 404, 429, 500, 502, 503])
def test_any_other_status_closes_access(status: int) -> None:
    with pytest.raises(IdentityUnavailable, match=r"introspection: "):
        introspect(introspection(), status)


def test_a_structured_token_that_the_provider_does_not_read_is_refused() -> None:
    with pytest.raises(NotAuthenticated):
        introspect({"error": "unsupported_token_type"}, 400)
    with pytest.raises(IdentityUnavailable):
        introspect({"error": "invalid_request"}, 400)
    with pytest.raises(IdentityUnavailable):
        introspect(b"bad request", 400)


def test_no_redirect_is_followed() -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(307, headers={"location": "https://evil.example/"})

    one = client(handler)
    with pytest.raises(IdentityUnavailable, match="status 307"):
        one.introspect(RawToken(TOKEN))
    with pytest.raises(IdentityUnavailable, match="status 307"):
        one.userinfo(ACTIVE)
    assert asked == ["https://psc.example/introspect", "https://psc.example/userinfo"]


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.ReadTimeout,
        httpx.RemoteProtocolError,
        httpx.DecodingError,
    ],
)
def test_a_failing_connection_closes_access(error: type[httpx.RequestError]) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise error(f"about {TOKEN}", request=request)

    for call in (
        lambda: client(handler).introspect(RawToken(TOKEN)),
        lambda: client(handler).userinfo(ACTIVE),
    ):
        with pytest.raises(IdentityUnavailable, match=error.__name__) as caught:
            call()
        assert TOKEN not in str(caught.value) + repr(caught.value) + caught.value.detail
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__


def test_no_repr_and_no_refusal_shows_a_token() -> None:
    raw = RawToken(TOKEN)
    shown = [repr(raw), str(raw), repr(ACTIVE), f"{ACTIVE}", repr(PROFESSIONAL)]
    for spoiled in (introspection(active=False), introspection(iss="x"), {"token": TOKEN}):
        with pytest.raises(DrimboxError) as caught:
            introspect(spoiled)
        shown += [str(caught.value), repr(caught.value)]
    assert not any("canary" in text or "899000000001" in text for text in shown)


# Userinfo

ACTIVE = ActiveToken(TOKEN, "f:realm:899000000001", "899000000001", "drimbox", NOW)
STRUCTURE = {
    "codeSecteurDactivite": "SA01",
    "raisonSocialeSite": "CENTRE D'ESSAI",
    "ancienIdentifiantDeLaStructure": "1750000001",
    "numeroSiretSite": "",
}
CLAIMS: dict[str, Any] = {
    "sub": "f:realm:899000000001",
    "SubjectNameID": "899000000001",
    "family_name": "ESSAI",
    "given_name": "Alix",
    "Secteur_Activite": "SA01^1.2.250.1.71.4.2.4",
    "SubjectRole": "10^1.2.250.1.213.1.1.5.5",
    "SubjectRefPro": {
        "exercices": [
            {"codeProfession": "10", "codeSavoirFaire": "SM44", "activities": [STRUCTURE]},
        ]
    },
}
PROFESSIONAL = HealthProfessional(
    subject_name_id="899000000001",
    family="ESSAI",
    given="Alix",
    profession="10",
    specialty="SM44",
    sector="SA01",
    activities=(Activity("1750000001", "CENTRE D'ESSAI", "SA01", "10", "SM44"),),
)


def userinfo(answer: Any, status: int = 200) -> HealthProfessional:
    return client(answering(answer, status)).userinfo(ACTIVE)


def test_userinfo_shows_the_token_and_reads_the_professional() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=CLAIMS)

    assert client(handler).userinfo(ACTIVE) == PROFESSIONAL
    (request,) = seen
    assert (request.method, str(request.url)) == ("GET", "https://psc.example/userinfo")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"


def test_each_activity_of_each_exercice_in_order() -> None:
    nurse = {"codeProfession": "60", "codeSavoirFaire": "", "activities": [STRUCTURE]}
    doctor = {
        "codeProfession": "10",
        "codeSavoirFaire": "SM26",
        "activities": [
            {**STRUCTURE, "ancienIdentifiantDeLaStructure": "", "raisonSocialeSite": ""},
            {**STRUCTURE, "codeSecteurDactivite": "SA07"},
        ],
    }
    found = userinfo({**CLAIMS, "SubjectRefPro": {"exercices": [nurse, doctor]}})
    assert (found.profession, found.specialty) == ("60", "")
    assert found.activities == (
        Activity("1750000001", "CENTRE D'ESSAI", "SA01", "60", ""),
        Activity("", "", "SA01", "10", "SM26"),
        Activity("1750000001", "CENTRE D'ESSAI", "SA07", "10", "SM26"),
    )


@pytest.mark.parametrize(
    ("reference", "profession"),
    [
        (None, "10"),
        ("", "10"),
        ({}, "10"),
        ({"exercices": None}, "10"),
        ({"exercices": []}, "10"),
        ({"exercices": ["", None, 1]}, "10"),
        ({"exercices": [{}]}, "10"),
        ({"exercices": [{"codeProfession": "", "activities": ""}]}, "10"),
        ({"exercices": [{"codeProfession": "40", "activities": [None]}]}, "40"),
    ],
)
def test_an_absent_or_empty_reference_gives_no_activity(reference: Any, profession: str) -> None:
    found = userinfo({**CLAIMS, "SubjectRefPro": reference})
    assert (found.activities, found.profession) == ((), profession)


def test_absent_claims_are_empty() -> None:
    bare = {name: CLAIMS[name] for name in ("sub", "SubjectNameID")}
    expected = HealthProfessional("899000000001", "", "", "", "", "", ())
    assert userinfo(bare) == expected
    assert userinfo({**bare, "family_name": None, "Secteur_Activite": "", "given_name": 1}) == (
        expected
    )


def test_a_token_that_ended_meanwhile() -> None:
    with pytest.raises(NotAuthenticated, match="userinfo"):
        userinfo({"error": "invalid_token"}, 401)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        *((garbage, 200) for garbage in GARBAGE),
        ({**CLAIMS, "sub": "f:realm:899000000002"}, 200),
        ({**CLAIMS, "SubjectNameID": "899000000002"}, 200),
        ({**CLAIMS, "SubjectNameID": None}, 200),
        *((CLAIMS, status) for status in (204, 302, 400, 403, 404, 500, 503)),
    ],
)
def test_an_unusable_userinfo(answer: Any, status: int) -> None:
    with pytest.raises(IdentityUnavailable, match="userinfo") as caught:
        userinfo(answer, status)
    assert "899000000002" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def any_of(claims: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """``claims`` with any values in place of some."""
    return st.dictionaries(st.sampled_from(sorted(claims)), JSON, max_size=3).map(
        lambda changes: {**claims, **changes}
    )


@given(st.binary(max_size=80) | any_of(introspection()))
def test_any_introspection_is_a_token_or_one_of_two_errors(answer: Any) -> None:
    try:
        found = introspect(answer)
    except (NotAuthenticated, IdentityUnavailable):
        return
    assert isinstance(answer, dict)
    assert answer["active"] is True
    assert (answer["iss"], answer["exp"] > SECONDS) == (ISSUER, True)
    assert found.subject_name_id


ACTIVITIES = any_of({"exercices": [{"codeProfession": "10", "activities": [STRUCTURE]}]})


@given(
    st.binary(max_size=80)
    | any_of(CLAIMS)
    | ACTIVITIES.map(lambda reference: {**CLAIMS, "SubjectRefPro": reference})
)
def test_any_userinfo_is_a_professional_or_one_error(answer: Any) -> None:
    try:
        found = userinfo(answer)
    except IdentityUnavailable:
        return
    assert found.subject_name_id == "899000000001"
