"""Sign-ins of professionals at a scripted Pro Santé Connect, for the tests of several Lambdas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from functions.authorize_reader.handler import handler as authorize_reader
from functions.drimbox.consultation.context import CallContext, WantedExams
from functions.drimbox.identity.ins import Ins
from functions.drimbox.identity.session import UNATTENDED, form_token
from functions.drimbox.oid import Oid
from functions.reader_session.handler import handler as reader_session
from functions.set_authorization.handler import handler as set_authorization
from functions.show_exams.handler import handler as show_exams
from tests.fakes.world import STRUCTURE
from tests.handlers.conftest import CONTEXT, Outside, event, now, stores
from tests.handlers.journey import CASE
from tests.handlers.session_scenes import cookies, with_cookies

ISSUER: Final = "https://psc.example/realm"
KEY: Final = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})
COOKIE: Final = "__Host-reader-demo"
ATTEMPT: Final = "__Host-psc-demo"
HOST: Final = "https://vi.drimbox.example"
BASE: Final = "/v1/tenants/demo/reading"
WHO: Final = "899000000001"


def activity(structure: str, profession: str = "10") -> dict[str, Any]:
    """An ``exercice`` with one activity."""
    one = {"ancienIdentifiantDeLaStructure": structure, "codeSecteurDactivite": "SA08"}
    return {"codeProfession": profession, "codeSavoirFaire": "SM44", "activities": [one]}


@dataclass
class Psc:
    """Pro Santé Connect, where ``who`` has signed in. The dicts change its answers; a ``broken``
    path answers 503.
    """

    who: str = WHO
    family: str = "ESSAI"
    exercices: list[dict[str, Any]] | None = field(default_factory=lambda: [activity(STRUCTURE)])
    claims: dict[str, Any] = field(default_factory=dict)
    token: dict[str, Any] = field(default_factory=dict)
    introspection: dict[str, Any] = field(default_factory=dict)
    life: int = 300
    broken: set[str] = field(default_factory=set)
    ended: list[str] = field(default_factory=list)
    refreshed: list[str] = field(default_factory=list)
    refusing: bool = False
    asked: dict[str, str] = field(default_factory=dict)
    given: list[str] = field(default_factory=list)

    @property
    def sub(self) -> str:
        """The subject of its tokens."""
        return f"f:realm:{self.who}"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path in self.broken:
            return httpx.Response(503)
        form = dict(parse_qsl(request.content.decode()))
        answer = getattr(self, f"_{path.rpartition('/')[2].replace('-', '_')}")(form)
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def _wallet_openid_configuration(self, _: Mapping[str, str]) -> dict[str, Any]:
        return {
            "issuer": ISSUER,
            "authorization_endpoint": "https://wallet.example/auth",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "end_session_endpoint": f"{ISSUER}/logout",
            "authorization_response_iss_parameter_supported": True,
        }

    def _keys(self, _: Mapping[str, str]) -> dict[str, Any]:
        return {"keys": [KEY.as_dict(private=False)]}

    def _token(self, form: Mapping[str, str]) -> Any:
        if self.refusing:
            return httpx.Response(400, json={"error": "invalid_grant"})
        if form["grant_type"] == "refresh_token":
            self.refreshed.append(form["refresh_token"])
        at, number = int(now().timestamp()), len(self.given)
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "sub": self.sub,
            "aud": "drimbox-local",
            "acr": "eidas1",
        }
        claims |= {"nonce": self.asked.get("nonce", ""), "iat": at, "exp": at + 300, **self.claims}
        made = {
            "id_token": jwt.encode({"alg": "RS256", "kid": "1"}, claims, KEY),
            "access_token": f"canary-access-{number}",
            "refresh_token": f"canary-refresh-{number}",
        }
        self.given += made.values()
        return {**made, "expires_in": self.life, **self.token}

    def _introspect(self, _: Mapping[str, str]) -> dict[str, Any]:
        at = int(now().timestamp())
        return {
            **{"active": True, "iss": ISSUER, "sub": self.sub, "typ": "Bearer", "iat": at},
            **{"azp": "drimbox-local", "exp": at + self.life, "SubjectNameID": self.who},
            **self.introspection,
        }

    def _userinfo(self, _: Mapping[str, str]) -> dict[str, Any]:
        reference = {} if self.exercices is None else {"exercices": self.exercices}
        return {
            **{"sub": self.sub, "SubjectNameID": self.who},
            **{"family_name": self.family, "given_name": "Camille"},
            **({} if self.exercices is None else {"SubjectRefPro": reference}),
        }

    def _logout(self, form: Mapping[str, str]) -> httpx.Response:
        self.ended.append(form["id_token_hint"])
        return httpx.Response(204)


def call(**changes: Any) -> CallContext:
    """The contextual call for the patient of the report."""
    traits = CASE.traits
    made = CallContext(
        ins=Ins(CASE.ins, Oid(CASE.ins_oid)),
        birth_family=traits.family,
        birth_given=traits.given,
        birth_date=traits.birth_date,
        sex="F",
        birth_place="63113",
        consent=True,
        situation="",
        wanted=WantedExams(),
    )
    return replace(made, **changes)


def opened(**changes: Any) -> str:
    """The page of such a call."""
    return stores().contexts.open(call(**changes))


def start(outside: Outside, psc: Psc, page: str = "") -> tuple[str, str]:
    """Begin a sign-in: the cookie's value and the state."""
    outside.hosts["psc.example"] = psc
    query = {"page": [page]} if page else None
    made = event("reader_session/start", multiValueQueryStringParameters=query)
    reply = reader_session(made, CONTEXT)
    assert reply["statusCode"] == 303
    url = urlsplit(reply["headers"]["Location"])
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://wallet.example/auth"
    psc.asked = dict(parse_qsl(url.query))
    assert psc.asked["redirect_uri"] == f"{HOST}{BASE}/session"
    return cookies(reply)[ATTEMPT], psc.asked["state"]


def come_back(cookie: str, state: str, before: str = "", **changes: list[str]) -> dict[str, Any]:
    """Pro Santé Connect's redirection."""
    query = {"state": [state], "code": ["code-of-a-test"], "iss": [ISSUER], **changes}
    values = {ATTEMPT: cookie, **({COOKIE: before} if before else {})}
    made = with_cookies(event("reader_session/return", multiValueQueryStringParameters=query))
    reply: dict[str, Any] = reader_session(with_cookies(made, **values), CONTEXT)
    return reply


def sign_in(outside: Outside, psc: Psc | None = None, before: str = "", page: str = "") -> str:
    """The cookie's value of a new session."""
    reply = come_back(*start(outside, psc or Psc(), page), before)
    assert reply["statusCode"] == 303
    assert reply["headers"]["Location"] == BASE + (f"/{page}" if page else "")
    set_ = cookies(reply)
    assert set_[ATTEMPT] == ""
    return set_[COOKIE]


def authorized(cookie: str, tenant: str = "demo", *, unattended: bool = False) -> dict[str, str]:
    """The authorizer's context for a request with that session, which may be a script's own."""
    made = event("authorize_reader/session", pathParameters={"tenant": tenant})
    if unattended:
        made["multiValueHeaders"][UNATTENDED] = ["1"]
    context: dict[str, str] = authorize_reader(with_cookies(made, **{COOKIE: cookie}), CONTEXT)[
        "context"
    ]
    return context


def asked_with(made: dict[str, Any], cookie: str) -> dict[str, Any]:
    """The event with that session, as the authorizer sees it."""
    caller = authorized(cookie, unattended=UNATTENDED in made["multiValueHeaders"])
    context = {**made["requestContext"], "authorizer": caller}
    return {**with_cookies(made, **{COOKIE: cookie}), "requestContext": context}


def submitted(sample: str, cookie: str, token: str = "", **fields: str) -> dict[str, Any]:
    """The answer to a form of that session."""
    body = urlencode({**fields, "token": token or form_token(cookie)})
    samples = {
        "choose": event("reader_session/choose", body=body),
        "leave": event("reader_session/leave", body=body),
    }
    reply: dict[str, Any] = reader_session(asked_with(samples[sample], cookie), CONTEXT)
    return reply


def home(cookie: str, **changes: Any) -> dict[str, Any]:
    """The first page with that session."""
    reply: dict[str, Any] = show_exams(
        asked_with(event("show_exams/home", **changes), cookie), CONTEXT
    )
    return reply


def patient_page(cookie: str, page: str, **changes: Any) -> dict[str, Any]:
    """The page of a patient with that session."""
    made = event("show_exams/page", pathParameters={"tenant": "demo", "page": page}, **changes)
    reply: dict[str, Any] = show_exams(asked_with(made, cookie), CONTEXT)
    return reply


def authorized_by(cookie: str, page: str, token: str = "", **changes: Any) -> dict[str, Any]:
    """The answer to the form of a patient's authorisation; ``changes`` are fields of the form."""
    fields = {"verb": "authorize", "consent": "yes", **changes}
    made = event(
        "set_authorization/consent",
        pathParameters={"tenant": "demo", "page": page},
        body=urlencode({**fields, "token": token or form_token(cookie)}),
    )
    reply: dict[str, Any] = set_authorization(asked_with(made, cookie), CONTEXT)
    return reply


def token_ends_in(cookie: str, seconds: int) -> None:
    """The access token of that session ends after ``seconds`` from now, or has ended."""
    sessions = stores().reader_sessions
    read = sessions.current(cookie)
    assert read is not None
    ends_at = (now() + timedelta(seconds=seconds)).isoformat()
    assert sessions.change(read, replace(read.facts, expires_at=ends_at)) is not None
