"""HTTPS clients, each with its own identity and trust: the PACS, Pro Santé Connect.

TLS contexts and clients are kept per process, so that a process pays each handshake once. A client
is renewed when the secret behind it changes. The DMP and the operators' provider have modules of
their own: a function imports the library of one only if it calls it.
"""

from __future__ import annotations

import weakref
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Final

from functions.aws import secrets, tenant_secrets
from functions.aws.clock import SystemClock
from functions.drimbox.errors import Held
from functions.drimbox.identity.psc import PscClient
from functions.drimbox.tls import TlsIdentity, tls_context
from functions.drimbox.transport import open_client

if TYPE_CHECKING:
    import httpx

    from functions.aws.settings_protocols import NamesPacs, NamesPsc
    from functions.drimbox.budget import Budget


# Tenants whose connections are kept; those of the one that was asked longest ago go first.
_MOST_TENANTS: Final = 64
_lock: Final = Lock()
_of_pacs: Final[dict[str, tuple[tuple[str, str], httpx.Client]]] = {}


@lru_cache(maxsize=64)
def client(trust_anchors: str, identity: TlsIdentity | None) -> httpx.Client:
    """A client that trusts these anchors and shows this certificate (both PEM)."""
    return open_client(tls_context(trust_anchors, identity))


def open_pacs(settings: NamesPacs, tenant: str) -> httpx.Client:
    """The one client for the PACS of ``tenant``: it shows no certificate, and connects to no
    private address but those of this machine that the settings name.

    A client that is replaced closes its connections once nobody uses it any more.
    """
    anchors = tenant_secrets.anchors(settings.tenant_anchors_secrets, tenant, "pacs")
    facts = anchors, settings.private_pacs
    with _lock:
        kept = _of_pacs.pop(tenant, None)
        if kept is None or kept[0] != facts:
            kept = facts, _pacs_client(*facts)
        _of_pacs[tenant] = kept
        while len(_of_pacs) > _MOST_TENANTS:
            del _of_pacs[next(iter(_of_pacs))]
    return kept[1]


def forget_pacs() -> None:
    """Keep no client of a PACS any more."""
    with _lock:
        _of_pacs.clear()


def _pacs_client(trust_anchors: str, private_hosts: str) -> httpx.Client:
    # Few functions ask a PACS.
    from functions.aws.resolving import resolve  # noqa: PLC0415
    from functions.drimbox.peers.judged_transport import JudgedTransport  # noqa: PLC0415
    from functions.drimbox.transport import open_pool  # noqa: PLC0415

    context = tls_context(trust_anchors)
    judged = JudgedTransport(
        lambda: open_pool(context),
        resolve,
        private_hosts.split(),
        refused=lambda: Held("pacs_address_private"),
    )
    made = open_client(transport=judged)
    weakref.finalize(made, judged.close)
    return made


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
