"""The OpenID provider where the operators sign in."""

from __future__ import annotations

from functions.aws import https, secrets
from functions.aws.clock import SystemClock
from functions.drimbox.identity.oidc import Application, ClientSecret, OidcClient


def open_operators_provider(
    trust_anchors_secret: str,
    client_secret: str,
    *,
    issuer: str,
    client_id: str,
    redirect_uri: str,
) -> OidcClient:
    """A client of the provider, with this application's secret."""
    facts = secrets.fields(client_secret, ("client_secret",))
    application = Application(issuer, client_id, ClientSecret(facts["client_secret"]), redirect_uri)
    http = https.client(secrets.required_text(trust_anchors_secret), None)
    return OidcClient(http, application, SystemClock())
