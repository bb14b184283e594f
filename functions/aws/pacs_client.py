"""HTTPS clients for the tenants' PACS: one for each tenant, kept for the life of a process.

A client is renewed when the tenant's secret or its file changes.
"""

from __future__ import annotations

import weakref
from threading import Lock
from typing import TYPE_CHECKING, Final

import httpx

from functions.aws import tenant_secrets
from functions.aws.resolving import resolve
from functions.drimbox.errors import ConfigurationError, Held
from functions.drimbox.identity.pacs_access import read_access
from functions.drimbox.peers.judged_transport import JudgedTransport
from functions.drimbox.peers.reachable import is_public
from functions.drimbox.transport import open_client, open_pool
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable
    from ipaddress import IPv4Network

    from functions.aws.settings_protocols import NamesPacs
    from functions.drimbox.peers.reachable import Address
    from functions.drimbox.tenants.model import Tenant

# Tenants whose connections are kept; those of the one that was asked longest ago go first.
_MOST_TENANTS: Final = 64


@frozen
class _Facts:
    """All that decides of a client: the secret's text, the hosts that may stand anywhere, and the
    addresses that are allotted to the site, None where its PACS is on the Internet."""

    secret: str
    private_hosts: str
    allotted: IPv4Network | None

    def __repr__(self) -> str:
        return "_Facts(…)"

    @property
    def foreign(self) -> str:
        """The reason of a publication whose PACS has another address."""
        return "pacs_address_foreign" if self.allotted else "pacs_address_private"

    @property
    def admits(self) -> Callable[[Address], bool]:
        """The judgement on an address."""
        return self.allotted.__contains__ if self.allotted else is_public


class _Refusing(httpx.BaseTransport):
    """Lets no request leave."""

    def __init__(self, detail: str) -> None:
        self._detail = detail

    def handle_request(self, request: httpx.Request) -> httpx.Response:  # noqa: ARG002  # httpx's
        """See httpx."""
        raise Held("pacs_access_unusable", self._detail)


_lock: Final = Lock()
_kept: Final[dict[str, tuple[_Facts, httpx.Client]]] = {}


def open_pacs(settings: NamesPacs, tenant: Tenant) -> httpx.Client:
    """The one client for the PACS of ``tenant``: it trusts the tenant's authorities and nobody
    else, and proves itself as its secret says. It connects to public addresses, through a private
    network to those that are allotted to the site, and to the hosts that the settings name.

    Without a usable secret each request raises Held ``pacs_access_unusable``, and none leaves; with
    another address ``pacs_address_private``, or ``pacs_address_foreign`` through a private network.
    A client that is replaced closes its connections once nobody uses it any more. Raises
    StorageUnavailable.
    """
    slug = tenant.tenant
    secret = tenant_secrets.pacs_access(settings.pacs_access_secrets, slug)
    facts = _Facts(secret, settings.private_pacs, tenant.pacs_range)
    with _lock:
        known = _kept.pop(slug, None)
        if known is None or known[0] != facts:
            known = facts, _client(facts)
        _kept[slug] = known
        while len(_kept) > _MOST_TENANTS:
            del _kept[next(iter(_kept))]
    return known[1]


def forget() -> None:
    """Keep no client any more."""
    with _lock:
        _kept.clear()


def _client(facts: _Facts) -> httpx.Client:
    try:
        access = read_access(facts.secret)
        context = access.context()
    except ConfigurationError as error:
        return open_client(transport=_Refusing(error.detail))
    judged = JudgedTransport(
        lambda: open_pool(context),
        resolve,
        facts.private_hosts.split(),
        refused=lambda: Held(facts.foreign),
        admits=facts.admits,
    )
    made = open_client(transport=judged)
    if access.authorization:
        made.headers["Authorization"] = access.authorization
    weakref.finalize(made, judged.close)
    return made
