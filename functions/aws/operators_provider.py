"""The OpenID provider where the operators sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.aws import https, secrets
from functions.aws.clock import SystemClock
from functions.drimbox.identity.oidc import Application, ClientSecret, OidcClient

if TYPE_CHECKING:
    from functions.aws.settings_protocols import NamesOperatorsProvider


def open_operators_provider(settings: NamesOperatorsProvider, redirect_uri: str) -> OidcClient:
    """A client of the provider, with this application's secret."""
    facts = secrets.fields(settings.operator_client_secret, ("client_secret",))
    application = Application(
        settings.operator_issuer,
        settings.operator_client_id,
        ClientSecret(facts["client_secret"]),
        redirect_uri,
    )
    http = https.client(secrets.anchors(settings.trust_anchors_secret, "operators"), None)
    return OidcClient(http, application, SystemClock())
