"""HTTPS clients, each with its own identity and trust: the PACS, Pro Santé Connect.

TLS contexts and clients are kept per process, so that a process pays each handshake once. A client
is renewed when the secret behind it changes. The DMP and the operators' provider have modules of
their own: a function imports the library of one only if it calls it.
"""

from __future__ import annotations

from functools import lru_cache

import httpx

from functions.aws import secrets
from functions.aws.clock import SystemClock
from functions.aws.settings_protocols import NamesPsc
from functions.drimbox.identity.psc import PscClient
from functions.drimbox.tls import TlsIdentity, tls_context
from functions.drimbox.transport import open_client


@lru_cache(maxsize=64)
def client(trust_anchors: str, identity: TlsIdentity | None) -> httpx.Client:
    """A client that trusts these anchors and shows this certificate (both PEM)."""
    return open_client(tls_context(trust_anchors, identity))


def open_without_identity(trust_anchors_secret: str) -> httpx.Client:
    """A client that shows no certificate: for the PACS and the operators' provider."""
    return client(secrets.required_text(trust_anchors_secret), None)


def open_psc(
    settings: NamesPsc, *, introspection_url: str = "", userinfo_url: str = ""
) -> PscClient:
    """Pro Santé Connect, with this DRIMbox's client certificate (RFC 8705)."""
    facts = secrets.fields(settings.psc_client_secret, ("certificate", "private_key"))
    identity = TlsIdentity(facts["certificate"], facts["private_key"])
    return PscClient(
        client(secrets.required_text(settings.trust_anchors_secret), identity),
        introspection_url,
        userinfo_url,
        settings.psc_client_id,
        SystemClock(),
        issuer=settings.psc_issuer,
    )
