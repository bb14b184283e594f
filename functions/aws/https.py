"""HTTPS clients, each with its own identity and trust: Pro Santé Connect, and those of others.

TLS contexts and clients are kept per process, so that a process pays each handshake once. A client
is renewed when the secret behind it changes. The PACS, the DMP and the operators' provider have
modules of their own: a function imports the library of one only if it calls it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from functions.aws import secrets
from functions.aws.clock import SystemClock
from functions.drimbox.identity.psc import PscClient
from functions.drimbox.tls import TlsIdentity, tls_context
from functions.drimbox.transport import open_client

if TYPE_CHECKING:
    import httpx

    from functions.aws.settings_protocols import NamesPsc
    from functions.drimbox.budget import Budget


@lru_cache(maxsize=64)
def client(trust_anchors: str, identity: TlsIdentity | None) -> httpx.Client:
    """A client that trusts these anchors and shows this certificate (both PEM)."""
    return open_client(tls_context(trust_anchors, identity))


def psc_client(settings: NamesPsc) -> httpx.Client:
    """A client for Pro Santé Connect, with this DRIMbox's client certificate (RFC 8705)."""
    facts = secrets.fields(settings.psc_client_secret, ("certificate", "private_key"))
    identity = TlsIdentity(facts["certificate"], facts["private_key"])
    return client(secrets.anchors(settings.trust_anchors_secret, "psc"), identity)


def open_psc(
    settings: NamesPsc,
    *,
    introspection_url: str = "",
    userinfo_url: str = "",
    budget: Budget | None = None,
) -> PscClient:
    """Pro Santé Connect, about tokens and their professionals."""
    return PscClient(
        psc_client(settings),
        introspection_url,
        userinfo_url,
        settings.psc_client_id,
        SystemClock(),
        issuer=settings.psc_issuer,
        budget=budget,
    )
