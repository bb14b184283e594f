"""The sign-in of a professional by Pro Santé Connect: the person and the tokens.

The code flow with PKCE, at the level ``eidas1`` and for the scope ``scope_all``, where the
application proves itself by its certificate (RFC 8705 2.1). Nobody is signed in unless the ID
token, the introspection of the access token and userinfo are about the same person.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import IdentityUnavailable, NotAuthenticated
from functions.drimbox.identity.access_token import RawToken
from functions.drimbox.identity.oidc import Application, TlsCertificate
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from functions.drimbox.identity.health_professional import HealthProfessional
    from functions.drimbox.identity.oidc import OidcClient, Tokens
    from functions.drimbox.identity.psc import PscClient
    from functions.drimbox.identity.session import Attempt

SCOPE: Final = "openid scope_all"
ACR: Final = "eidas1"
# The document that names the wallet's own page (e-CPS), beside the realm's usual one.
DOCUMENT: Final = "wallet-openid-configuration"


def application(issuer: str, client_id: str, redirect_uri: str) -> Application:
    """This application, as Pro Santé Connect knows it."""
    return Application(issuer, client_id, TlsCertificate(), redirect_uri, SCOPE, ACR, DOCUMENT)


@frozen
class SignedIn:
    """The professional who has just signed in; ``expires_at`` is the end of the access token."""

    professional: HealthProfessional
    tokens: Tokens
    expires_at: datetime


@frozen
class PscSignIn:
    """Pro Santé Connect, for one address of return. ``client_id`` is this application's.

    Each call happens within ``noting``, where somebody wants to know how it ends.
    """

    oidc: OidcClient
    psc: PscClient
    client_id: str
    noting: Callable[[], AbstractContextManager[None]] = nullcontext

    def authorization_url(self, attempt: Attempt) -> str:
        """Where the browser goes to sign in; IdentityUnavailable."""
        with self.noting():
            return self.oidc.authorization_url(attempt)

    def redeem(self, attempt: Attempt, returned: Mapping[str, str]) -> SignedIn:
        """The professional of a return. Raises NotAuthenticated, IdentityUnavailable."""
        with self.noting():
            return self._redeem(attempt, returned)

    def _redeem(self, attempt: Attempt, returned: Mapping[str, str]) -> SignedIn:
        tokens = self.oidc.redeem(attempt, returned)
        if not tokens.access_token:
            raise IdentityUnavailable("token: no access token")
        active = self.psc.introspect(RawToken(tokens.access_token))
        if active.client_id != self.client_id:
            raise NotAuthenticated("the access token is of another application")
        if active.subject != tokens.subject:
            raise NotAuthenticated("the access token is of somebody else")
        return SignedIn(self.psc.userinfo(active), tokens, active.expires_at)

    def refresh(self, refresh_token: str, subject: str, nonce: str) -> Tokens:
        """New tokens; NotAuthenticated once Pro Santé Connect ended the sign-in, or
        IdentityUnavailable.
        """
        with self.noting():
            return self.oidc.refresh(refresh_token, subject, nonce)

    def end(self, id_token: str) -> None:
        """End the professional's session at Pro Santé Connect; IdentityUnavailable."""
        with self.noting():
            self.oidc.end(id_token)
