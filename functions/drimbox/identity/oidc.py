"""Sign-in by OpenID Connect: authorization code with PKCE, at the provider of an application.

OpenID Connect Core 1.0 3.1, Discovery 1.0, RFC 7636 (S256 only), RFC 9207. The provider's document
and keys are read anew at each sign-in: there are few, and a rotated key is followed at once. Nobody
is signed in unless every check has passed; no exception, log or ``repr`` holds a code or a token.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from functions.drimbox import strict_json
from functions.drimbox.errors import IdentityUnavailable, NotAuthenticated
from functions.drimbox.transport import COME_BACK, Patience, bounded_body, retry_after
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.budget import Budget
    from functions.drimbox.identity.session import Attempt
    from functions.drimbox.ports import Clock

# Signatures that a provider may use: asymmetric ones, so that no shared secret makes a token.
ALGORITHMS: Final = ("RS256", "PS256", "ES256")
_KEY_TYPES: Final = ("RSA", "EC")
MAX_ANSWER: Final = 256 * 1024
# Of one request, in place of the client's: a function of 28 seconds waits here for several.
ASKED: Final = Patience(httpx.Timeout(connect=4.0, read=6.0, write=4.0, pool=4.0), 10.0)
# A refresh token is sent so soon after the renewal began, or not at all: the function must outlive
# the answer, or the new tokens are lost and the former one has served.
SENT_WITHIN: Final = timedelta(seconds=5)
# Seconds that must be left then, for the same reason.
_LEFT_TO_SEND: Final = 6.0
# Seconds that the provider's clock may be ahead of ours, or behind.
CLOCK_SKEW: Final = 60
_MAX_TOKEN: Final = 16 * 1024
# RFC 6749 A.11: a code is of VSCHAR; the limit is ours.
_CODE: Final = re.compile(r"[\x20-\x7e]{1,2048}")
_MAX_SUBJECT: Final = 255
# Seconds; a longer life is not believed.
_LONGEST_LIFE: Final = 30 * 86400


@frozen
class ClientSecret:
    """The application proves itself by a secret (RFC 6749 2.3.1); "" for a public client."""

    secret: str

    def headers(self, client_id: str) -> dict[str, str]:
        """The header of a request to the token endpoint; both are form-encoded before the join."""
        if not self.secret:
            return {}
        pair = f"{quote_plus(client_id)}:{quote_plus(self.secret)}"
        return {"authorization": f"Basic {b64encode(pair.encode()).decode()}"}

    def endpoint(self, document: Mapping[str, Any], name: str) -> str:
        """The endpoint ``name`` of the provider's document."""
        return _endpoint(document, name)

    def __repr__(self) -> str:
        return "ClientSecret(…)"


@frozen
class TlsCertificate:
    """The application proves itself by the certificate that its HTTP client shows (RFC 8705 2)."""

    def headers(self, _: str) -> dict[str, str]:
        """Nothing: the connection proves it."""
        return {}

    def endpoint(self, document: Mapping[str, Any], name: str) -> str:
        """The alias for mutual TLS where the provider has one (RFC 8705 5)."""
        aliases = document.get("mtls_endpoint_aliases")
        return _endpoint({**document, **(aliases if isinstance(aliases, dict) else {})}, name)


ClientAuthentication = ClientSecret | TlsCertificate


@frozen
class Application:
    """The application as the provider knows it, and the sign-in that it asks for.

    ``scope`` has ``openid`` in it. ``acr`` is the level of authentication that the ID token must
    state, "" for any. ``document`` is the name of the provider's document below ``.well-known``.
    """

    issuer: str
    client_id: str
    authentication: ClientAuthentication
    redirect_uri: str
    scope: str = "openid"
    acr: str = ""
    document: str = "openid-configuration"

    def __repr__(self) -> str:
        return f"Application({self.client_id!r})"


@frozen
class Tokens:
    """The outcome of a sign-in: ``subject`` and ``claims`` are those of the verified ID token.

    ``access_token`` and ``refresh_token`` are "" where the provider gives none; ``expires_at`` is
    the end of the access token, None where the provider does not tell.
    """

    subject: str
    claims: Mapping[str, Any]
    id_token: str
    access_token: str
    refresh_token: str
    expires_at: datetime | None

    def __repr__(self) -> str:
        return "Tokens(…)"


@frozen
class _Provider:
    """The provider's document (Discovery 3), as far as it is used."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    names_itself: bool
    document: Mapping[str, Any]


class OidcClient:
    """One provider. ``http`` follows no redirect and trusts the deployment's authorities only. All
    questions share the ``budget`` of the request for which they are asked.
    """

    def __init__(
        self,
        http: httpx.Client,
        application: Application,
        clock: Clock,
        budget: Budget | None = None,
    ) -> None:
        self._http = http
        self._application = application
        self._clock = clock
        self._budget = budget

    def authorization_url(self, attempt: Attempt, *, again: bool = False) -> str:
        """Where the browser goes to sign in (Core 3.1.2.1). Raises IdentityUnavailable.

        ``again`` asks the provider to prove the person anew, whatever session it has
        (``prompt=login``).
        """
        challenge = hashlib.sha256(attempt.code_verifier.encode()).digest()
        question = {
            "client_id": self._application.client_id,
            "response_type": "code",
            "redirect_uri": self._application.redirect_uri,
            "scope": self._application.scope,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        if self._application.acr:
            question["acr_values"] = self._application.acr
        if again:
            question["prompt"] = "login"
        endpoint = self._discover().authorization_endpoint
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(question)}"

    def redeem(self, attempt: Attempt, returned: Mapping[str, str]) -> Tokens:
        """The tokens of the person who signed in. ``returned`` is the query of the redirection.

        Raises NotAuthenticated for a response that does not belong to ``attempt`` or is not proven,
        IdentityUnavailable when the provider gives no usable answer.
        """
        if not hmac.compare_digest(returned.get("state", "").encode(), attempt.state.encode()):
            raise NotAuthenticated("state is not that of the sign-in")
        provider = self._discover()
        issuer = returned.get("iss")
        if issuer != self._application.issuer and (issuer is not None or provider.names_itself):
            raise NotAuthenticated("another issuer answers")
        if "error" in returned:
            raise NotAuthenticated("the provider refuses")
        if not _CODE.fullmatch(returned.get("code", "")):
            raise NotAuthenticated("no code")
        at = self._clock.now()
        form = {
            "grant_type": "authorization_code",
            "code": returned["code"],
            "redirect_uri": self._application.redirect_uri,
            "code_verifier": attempt.code_verifier,
        }
        answer = self._exchange(provider, form)
        if answer.get("id_token") is None:
            raise IdentityUnavailable("token: no ID token")
        claims = self._checked(
            _token(answer, "id_token"), self._keys(provider), attempt.nonce, again=False
        )
        return Tokens(
            subject=claims["sub"],
            claims=claims,
            id_token=_token(answer, "id_token"),
            access_token=_token(answer, "access_token"),
            refresh_token=_token(answer, "refresh_token"),
            expires_at=_end(answer, at),
        )

    def refresh(self, refresh_token: str, subject: str, nonce: str) -> Tokens:
        """New tokens of the person who signed in as ``subject``, with that nonce (Core 12). Each
        other token is "" where the provider does not give a new one, and ``claims`` are empty.

        Raises NotAuthenticated when the provider ended the sign-in or answers for somebody else,
        IdentityUnavailable when it gives no usable answer. A refresh token may serve only once: it
        is not sent before the keys that prove the answer are here, and not late.
        """
        began = self._clock.now()
        provider = self._discover()
        keys = self._keys(provider)
        at = self._clock.now()
        is_late = self._budget is not None and self._budget.left < _LEFT_TO_SEND
        if is_late or at - began > SENT_WITHIN:
            raise IdentityUnavailable("token: not asked, discovery and keys took too long")
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        answer = self._exchange(provider, form)
        if answer.get("id_token") is not None:
            claims = self._checked(_token(answer, "id_token"), keys, nonce, again=True)
            if claims["sub"] != subject:
                raise NotAuthenticated("the ID token is about somebody else")
        access_token = _token(answer, "access_token")
        if not access_token:
            raise IdentityUnavailable("token: no access token")
        return Tokens(
            subject=subject,
            claims={},
            id_token=_token(answer, "id_token"),
            access_token=access_token,
            refresh_token=_token(answer, "refresh_token"),
            expires_at=_end(answer, at),
        )

    def end(self, id_token: str) -> None:
        """Ask the provider to end its session of that person (RP-Initiated Logout 1.0, 2).

        The request is ours, so that no browser carries a token. Raises IdentityUnavailable.
        """
        endpoint = _endpoint(self._discover().document, "end_session_endpoint")
        form = {"id_token_hint": id_token, "client_id": self._application.client_id}
        status, _ = self._send("POST", endpoint, "logout", data=form)
        if not 200 <= status < 400:
            raise IdentityUnavailable(f"logout: status {status}")

    def _keys(self, provider: _Provider) -> KeySet:
        """The provider's keys of this moment."""
        return _key_set(self._json("GET", provider.jwks_uri, "keys"))

    def _discover(self) -> _Provider:
        issuer = self._application.issuer
        found = self._json(
            "GET",
            f"{issuer.rstrip('/')}/.well-known/{self._application.document}",
            "discovery",
        )
        if found.get("issuer") != issuer:
            raise IdentityUnavailable("discovery: the issuer is another one")
        methods = found.get("code_challenge_methods_supported", ["S256"])
        if not isinstance(methods, list) or "S256" not in methods:
            raise IdentityUnavailable("discovery: no S256")
        return _Provider(
            _endpoint(found, "authorization_endpoint"),
            self._application.authentication.endpoint(found, "token_endpoint"),
            _endpoint(found, "jwks_uri"),
            found.get("authorization_response_iss_parameter_supported") is True,
            found,
        )

    def _exchange(self, provider: _Provider, form: Mapping[str, str]) -> dict[str, Any]:
        """The token endpoint's answer (Core 3.1.3.1, 12.1), not yet verified."""
        application = self._application
        headers = application.authentication.headers(application.client_id)
        answer = self._json(
            "POST",
            provider.token_endpoint,
            "token",
            data={**form, "client_id": application.client_id},
            headers=headers,
        )
        if answer.get("error") == "invalid_grant":
            raise NotAuthenticated("the code or the refresh token is refused")
        return answer

    def _checked(self, token: str, keys: KeySet, nonce: str, *, again: bool) -> dict[str, Any]:
        """The claims of the ID token, once all of Core 3.1.3.7 holds; ``again``: of 12.2."""
        application = self._application
        try:
            claims = _claims(jws.deserialize_compact(token, keys, ALGORITHMS).payload)
            jwt.JWTClaimsRegistry(
                now=int(self._clock.now().timestamp()),
                leeway=CLOCK_SKEW,
                iss={"essential": True, "value": application.issuer},
                sub={"essential": True},
                aud={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": not again, "value": nonce},
            ).validate(claims)
        except (JoseError, ValueError, TypeError):
            # Without its cause: some messages of the library quote what was received.
            raise NotAuthenticated("the ID token is not valid") from None
        # The library takes one of several nonces. Core 12.2: the same, or none.
        if claims.get("nonce", nonce) != nonce:
            raise NotAuthenticated("the ID token is for another sign-in")
        # One audience, ours: a token that serves others too might have been taken from them.
        if claims["aud"] not in (application.client_id, [application.client_id]):
            raise NotAuthenticated("the ID token is for somebody else")
        if claims.get("azp", application.client_id) != application.client_id:
            raise NotAuthenticated("the ID token is for another party")
        if application.acr and claims.get("acr") != application.acr:
            raise NotAuthenticated("the ID token states another level of authentication")
        subject = claims["sub"]
        if not 0 < len(subject) <= _MAX_SUBJECT or not subject.isprintable():
            raise NotAuthenticated("no subject")
        return claims

    def _json(self, method: str, url: str, what: str, **options: Any) -> dict[str, Any]:
        status, body = self._send(method, url, what, **options)
        try:
            value = strict_json.read(body)
        except strict_json.NotStrictJson:
            raise IdentityUnavailable(f"{what}: not JSON") from None
        # RFC 6749 5.2: a refusal of the token endpoint is a JSON object too, with its status.
        refused = what == "token" and status == 400
        if not isinstance(value, dict) or not (status == 200 or refused):
            raise IdentityUnavailable(f"{what}: status {status}")
        return value

    def _send(self, method: str, url: str, what: str, **options: Any) -> tuple[int, bytes]:
        if self._budget is not None and self._budget.is_spent:
            raise IdentityUnavailable(f"{what}: not asked, no time is left", code="timeout")
        deadline = ASKED.within(self._budget).begin()
        headers = {"accept": "application/json", **options.pop("headers", {})}
        request = self._http.build_request(
            method, url, headers=headers, extensions={"timeout": deadline}, **options
        )
        try:
            response = self._http.send(request, stream=True, follow_redirects=False)
            try:
                if response.status_code in COME_BACK:
                    raise IdentityUnavailable(
                        f"{what}: status {response.status_code}", retry_after=retry_after(response)
                    )
                body = bounded_body(response, MAX_ANSWER, max_seconds=deadline.left)
            finally:
                response.close()
        except httpx.HTTPError as error:
            raise IdentityUnavailable(f"{what}: {type(error).__name__}") from None
        return response.status_code, body


def _endpoint(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value.startswith("https://") or not _can_be_asked(value):
        raise IdentityUnavailable(f"discovery: {name} is not an https URL")
    return value


def _can_be_asked(url: str) -> bool:
    """Whether host and port are such that a connection can be tried, and no character stands in
    the URL that a request or a redirection cannot hold.
    """
    try:
        parts, host = urlsplit(url), httpx.URL(url).host
        # Two readers that differ about the host would ask one server and name another.
        return parts.port != 0 and parts.hostname == host and bool(host.encode("idna"))
    except (ValueError, httpx.InvalidURL):
        return False


def _token(answer: Mapping[str, Any], name: str) -> str:
    """A token of the answer; "" when there is none, or null."""
    token = answer.get(name)
    if token is None:
        return ""
    if not isinstance(token, str) or len(token) > _MAX_TOKEN:
        raise IdentityUnavailable(f"token: {name} is not a token")
    return token


def _end(answer: Mapping[str, Any], at: datetime) -> datetime | None:
    """When the access token ends: ``expires_in`` seconds (RFC 6749 5.1) after the request."""
    seconds = answer.get("expires_in")
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds <= 0:
        return None
    return at + timedelta(seconds=min(seconds, _LONGEST_LIFE))


def _claims(payload: bytes) -> dict[str, Any]:
    """The object of a verified token (RFC 7519 7.2), each name once. Raises ValueError."""
    claims = strict_json.read(payload)
    if not isinstance(claims, dict):
        raise ValueError("no object")  # noqa: TRY004  # the caller knows one kind of refusal
    return claims


def _key_set(found: Mapping[str, Any]) -> KeySet:
    """The keys that may sign an ID token: asymmetric ones, not those for encryption."""
    keys = found.get("keys")
    signing: list[Any] = [
        key
        for key in (keys if isinstance(keys, list) else [])
        if isinstance(key, dict) and key.get("kty") in _KEY_TYPES and key.get("use", "sig") == "sig"
    ]
    try:
        return KeySet.import_key_set({"keys": signing})
    except (JoseError, ValueError, TypeError, KeyError):
        raise IdentityUnavailable("keys: no usable key") from None
