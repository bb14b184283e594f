"""Sign-in by a TLS certificate (RFC 8705) at an OpenID provider that we did not write."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from functions.drimbox.errors import IdentityUnavailable, NotAuthenticated
from functions.drimbox.identity.oidc import Application, OidcClient, TlsCertificate
from functions.drimbox.identity.session import Attempt
from tests.simulators.psc.login import choose, follow
from tests.simulators.psc.process import CLIENT_ID, REALM, REDIRECT_URI, PscProcess


class Now:
    def now(self) -> datetime:
        return datetime.now(UTC)


def application(psc: PscProcess) -> Application:
    return Application(
        issuer=psc.url + REALM,
        client_id=CLIENT_ID,
        authentication=TlsCertificate(),
        redirect_uri=REDIRECT_URI,
        scope="openid scope_all",
        acr="eidas1",
    )


ATTEMPT: Final = Attempt.fresh(lambda: secrets.token_urlsafe(32))


def come_back(psc: PscProcess, client: OidcClient) -> dict[str, str]:
    """Sign in by a browser; the query of the redirection."""
    browser = psc.browser()
    page = follow(browser, browser.get(client.authorization_url(ATTEMPT)))
    return choose(browser, page, "two-structures")


def test_a_professional_signs_in_by_the_application_s_certificate(psc: PscProcess) -> None:
    client = OidcClient(psc.client("psc-client"), application(psc), Now())
    returned = come_back(psc, client)
    before = Now().now()
    tokens = client.redeem(ATTEMPT, returned)
    after = Now().now()
    assert tokens.claims["acr"] == "eidas1"
    introspected = psc.introspection(tokens.access_token).json()
    assert (introspected["active"], introspected["sub"]) == (True, tokens.subject)
    assert tokens.refresh_token
    assert tokens.expires_at is not None
    life = timedelta(seconds=300)
    assert before + life <= tokens.expires_at <= after + life


@pytest.mark.parametrize("certificate", [None, "peer"])
def test_another_certificate_redeems_nothing(psc: PscProcess, certificate: str | None) -> None:
    client = OidcClient(psc.client(certificate), application(psc), Now())
    returned = come_back(psc, client)
    with pytest.raises(IdentityUnavailable):
        client.redeem(ATTEMPT, returned)


def test_another_attempt_or_a_code_used_twice_redeems_nothing(psc: PscProcess) -> None:
    client = OidcClient(psc.client("psc-client"), application(psc), Now())
    returned = come_back(psc, client)
    other = Attempt(ATTEMPT.state, ATTEMPT.nonce, secrets.token_urlsafe(32))
    with pytest.raises(NotAuthenticated):
        client.redeem(other, returned)
    returned = come_back(psc, client)
    assert client.redeem(ATTEMPT, returned).subject
    with pytest.raises(NotAuthenticated):
        client.redeem(ATTEMPT, returned)
    returned = come_back(psc, client)
    with pytest.raises(NotAuthenticated):
        client.redeem(replace(ATTEMPT, nonce="other"), returned)


def test_tokens_are_renewed_and_ended(psc: PscProcess) -> None:
    client = OidcClient(psc.client("psc-client"), application(psc), Now())
    tokens = client.redeem(ATTEMPT, come_back(psc, client))
    renewed = client.refresh(tokens.refresh_token, tokens.subject, ATTEMPT.nonce)
    assert renewed.access_token != tokens.access_token
    assert psc.introspection(renewed.access_token).json()["active"] is True
    with pytest.raises(NotAuthenticated):
        client.refresh(tokens.refresh_token, "somebody else", ATTEMPT.nonce)
    with pytest.raises(NotAuthenticated):
        client.refresh(tokens.refresh_token, tokens.subject, "other")
    client.end(tokens.id_token)
    assert psc.introspection(renewed.access_token).json() == {"active": False}
    with pytest.raises(NotAuthenticated):
        client.refresh(renewed.refresh_token or tokens.refresh_token, tokens.subject, "other")


def test_the_document_of_the_wallet_is_read(psc: PscProcess) -> None:
    wallet = replace(application(psc), document="wallet-openid-configuration")
    client = OidcClient(psc.client("psc-client"), wallet, Now())
    assert client.redeem(ATTEMPT, come_back(psc, client)).subject
