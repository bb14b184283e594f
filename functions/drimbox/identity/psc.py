"""Pro Santé Connect: checks that a token is active, and finds its professional.

The token is opaque to us: only the introspection (RFC 7662) tells its validity, and we authenticate
there with our certificate (RFC 8705 2.1; the ``http`` client carries it). Nothing here stores a
token, and no exception, log or ``repr`` holds one.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import httpx

from functions.drimbox import strict_json
from functions.drimbox.errors import IdentityUnavailable, NotAuthenticated
from functions.drimbox.identity.access_token import ActiveToken, RawToken
from functions.drimbox.identity.health_professional import Activity, HealthProfessional
from functions.drimbox.transport import COME_BACK, Patience, bounded_body, retry_after

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.budget import Budget
    from functions.drimbox.ports import Clock
    from functions.drimbox.transport import Deadline

MAX_ANSWER: Final = 256 * 1024
# An authorizer of 20 seconds waits here, and a function of 28.
ASKED: Final = Patience(httpx.Timeout(connect=4.0, read=6.0, write=4.0, pool=4.0), 10.0)
# How far ahead of ours the provider's clock may be.
CLOCK_SKEW: Final = timedelta(seconds=60)
# The confirmation method of a certificate (RFC 8705 3.1).
_BY_CERTIFICATE: Final = "x5t#S256"
# The largest POSIX time that datetime holds (year 9999).
_MAX_TIME: Final = 253_402_300_799


class PscClient:
    """Introspection and userinfo at one Pro Santé Connect.

    ``http`` shows our certificate (ORG_AUTH_CLI, CN = ``client_id``) and follows no redirect.
    ``issuer`` is the only accepted ``iss``. Tokens of every application that Pro Santé Connect
    knows are taken, since those of other DRIMbox operators arrive at the image interface; a caller
    that takes only some checks their ``client_id``. All questions share the ``budget`` of the
    request for which they are asked.
    """

    def __init__(
        self,
        http: httpx.Client,
        introspection_url: str,
        userinfo_url: str,
        client_id: str,
        clock: Clock,
        *,
        issuer: str,
        budget: Budget | None = None,
    ) -> None:
        self._http = http
        self._introspection_url = introspection_url
        self._userinfo_url = userinfo_url
        self._client_id = client_id
        self._clock = clock
        self._issuer = issuer
        self._budget = budget

    def introspect(self, token: RawToken, thumbprint: str = "") -> ActiveToken:
        """Ask for the validity of ``token`` now (RFC 7662) and check every claim of the answer.

        ``thumbprint`` is that of the certificate which the caller has shown (``x5t#S256``), "" for
        none. Raises NotAuthenticated when the token is inactive, expired, of another issuer or of
        no application, not an access token, or bound to another key (``cnf``, RFC 8705 3.2). Raises
        IdentityUnavailable when Pro Santé Connect gives no usable answer.
        """
        request = self._http.build_request(
            "POST",
            self._introspection_url,
            data={
                "token": token.value,
                "token_type_hint": "access_token",
                "client_id": self._client_id,
            },
            headers={"accept": "application/json"},
            extensions=self._time("introspection"),
        )
        status, body = self._send(request, "introspection")
        # A provider of opaque tokens may refuse to look at a structured one (RFC 7009 2.2.1).
        if (
            status == 400
            and _object(body, "introspection").get("error") == "unsupported_token_type"
        ):
            raise NotAuthenticated("not a token of Pro Santé Connect")
        if status != 200:
            raise IdentityUnavailable(f"introspection: status {status}")
        return self._checked(token, _object(body, "introspection"), thumbprint)

    def userinfo(self, token: ActiveToken) -> HealthProfessional:
        """The professional of a token just introspected (OpenID Connect Core 5.3).

        Raises NotAuthenticated when the token ended meanwhile, IdentityUnavailable when there is
        no usable answer or it is about somebody else (5.3.2).
        """
        request = self._http.build_request(
            "GET",
            self._userinfo_url,
            headers={"accept": "application/json", "authorization": f"Bearer {token.value}"},
            extensions=self._time("userinfo"),
        )
        status, body = self._send(request, "userinfo")
        if status == 401:
            raise NotAuthenticated("userinfo refuses the token")
        if status != 200:
            raise IdentityUnavailable(f"userinfo: status {status}")
        claims = _object(body, "userinfo")
        if claims.get("sub") != token.subject:
            raise IdentityUnavailable("userinfo: sub is not that of the token")
        if claims.get("SubjectNameID") != token.subject_name_id:
            raise IdentityUnavailable("userinfo: SubjectNameID is not that of the token")
        return _professional(claims)

    def _time(self, what: str) -> dict[str, Deadline]:
        if self._budget is not None and self._budget.is_spent:
            raise IdentityUnavailable(f"{what}: not asked, no time is left", code="timeout")
        return {"timeout": ASKED.within(self._budget).begin()}

    def _send(self, request: httpx.Request, what: str) -> tuple[int, bytes]:
        try:
            response = self._http.send(request, stream=True, follow_redirects=False)
            try:
                if response.status_code in COME_BACK:
                    raise IdentityUnavailable(
                        f"{what}: status {response.status_code}", retry_after=retry_after(response)
                    )
                return response.status_code, bounded_body(
                    response, MAX_ANSWER, max_seconds=request.extensions["timeout"].left
                )
            finally:
                response.close()
        except httpx.HTTPError as error:
            # Without its cause: some messages of the HTTP layer quote what was received.
            raise IdentityUnavailable(f"{what}: {type(error).__name__}") from None

    def _checked(self, token: RawToken, answer: Mapping[str, Any], thumbprint: str) -> ActiveToken:
        active = answer.get("active")
        if not isinstance(active, bool):
            raise IdentityUnavailable("introspection: active is not a boolean")
        if not active:
            raise NotAuthenticated("inactive token")
        now = self._clock.now()
        expires_at = _time(answer, "exp")
        client_id = _text(answer, "azp") or _text(answer, "client_id")
        subject, subject_name_id = _text(answer, "sub"), _text(answer, "SubjectNameID")
        # Keycloak names the kind of token ``typ``, RFC 7662 2.2 ``token_type``.
        kind = _text(answer, "typ") or _text(answer, "token_type")
        refusals = {
            "expired token": expires_at <= now,
            "token issued in the future": _time(answer, "iat") > now + CLOCK_SKEW,
            "token of another issuer": _text(answer, "iss") != self._issuer,
            "not an access token": kind.lower() != "bearer",
            "token without a subject": not subject or not subject_name_id,
            "token of an unknown application": not client_id,
            "token bound to another key": _is_bound_to_another(answer.get("cnf"), thumbprint),
        }
        for reason, refused in refusals.items():
            if refused:
                raise NotAuthenticated(reason)
        return ActiveToken(token.value, subject, subject_name_id, client_id, expires_at)


def _is_bound_to_another(confirmation: object, thumbprint: str) -> bool:
    """A way to bind a token that is not known here binds it to something that was not shown."""
    if confirmation is None:
        return False
    return not thumbprint or confirmation != {_BY_CERTIFICATE: thumbprint}


def _object(body: bytes, what: str) -> dict[str, Any]:
    try:
        value = strict_json.read(body)
    except strict_json.NotStrictJson:
        raise IdentityUnavailable(f"{what}: not JSON") from None
    if not isinstance(value, dict):
        raise IdentityUnavailable(f"{what}: not a JSON object")
    return value


def _time(answer: Mapping[str, Any], name: str) -> datetime:
    value = answer.get(name)
    if type(value) is not int or not 0 <= value <= _MAX_TIME:
        raise IdentityUnavailable(f"introspection: {name} is not a time")
    return datetime.fromtimestamp(value, UTC)


def _text(source: Mapping[str, Any], name: str) -> str:
    """The claim's text, "" when it is absent or anything else."""
    value = source.get(name)
    return value.strip() if isinstance(value, str) else ""


def _code(source: Mapping[str, Any], name: str) -> str:
    """The code of ``code^system``."""
    return _text(source, name).partition("^")[0]


def _objects(source: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    value = source.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _professional(claims: Mapping[str, Any]) -> HealthProfessional:
    reference = claims.get("SubjectRefPro")
    exercices = _objects(reference, "exercices") if isinstance(reference, dict) else []
    first = exercices[0] if exercices else {}
    return HealthProfessional(
        subject_name_id=_text(claims, "SubjectNameID"),
        family=_text(claims, "family_name"),
        given=_text(claims, "given_name"),
        profession=_text(first, "codeProfession") or _code(claims, "SubjectRole"),
        specialty=_text(first, "codeSavoirFaire"),
        sector=_code(claims, "Secteur_Activite"),
        activities=tuple(
            Activity(
                structure_id=_text(activity, "ancienIdentifiantDeLaStructure"),
                structure_name=_text(activity, "raisonSocialeSite"),
                sector=_text(activity, "codeSecteurDactivite"),
                profession=_text(exercice, "codeProfession"),
                specialty=_text(exercice, "codeSavoirFaire"),
            )
            for exercice in exercices
            for activity in _objects(exercice, "activities")
        ),
    )
