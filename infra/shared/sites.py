"""How the sites are reached from the cloud, as their files declare it, all of them together."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import Final
from urllib.parse import urlsplit

from functions.drimbox.errors import ConfigurationError
from functions.drimbox.peers.reachable import is_private_literal
from functions.drimbox.tenants.model import Link, Tenant
from infra.shared.deployment import Deployment

HTTPS: Final = 443
ANYWHERE: Final = "0.0.0.0/0"
# A security group lets out by so many rules (docs/quotas.md).
_MOST_RULES: Final = 60


def ways_out(tenants: Iterable[Tenant]) -> list[tuple[str, int]]:
    """The destinations (CIDR) and TCP ports that the functions of the network may reach: HTTPS, for
    AWS and most PACS; the other ports that sites declare; those of private networks, at the
    addresses allotted to their site. Raises ConfigurationError for more than one group holds.
    """
    found = {(ANYWHERE, HTTPS)}
    for tenant in tenants:
        if tenant.link is not Link.AGENT:
            where = str(tenant.pacs_range or ANYWHERE)
            found |= {(where, _port(url)) for url in (tenant.pacs_url, tenant.store_url)}
    if len(found) > _MOST_RULES:
        raise ConfigurationError(f"tenants: more than {_MOST_RULES} ports and networks of PACS")
    return sorted(found)


def require_network(tenants: Iterable[Tenant], deployment: Deployment) -> None:
    """Raise ConfigurationError, naming the file, for a link that needs a network where the
    deployment has none, and for addresses that are allotted twice."""
    taken = [IPv4Network(deployment.pacs_network)] if deployment.pacs_network else []
    gateways = set[str]()
    for tenant in tenants:
        needed = tenant.link is Link.VPN or (
            tenant.link is Link.PUBLIC and not deployment.stays_here()
        )
        if needed and not deployment.pacs_network:
            raise ConfigurationError(
                f"{tenant.tenant}.yaml: no network is built for the link `{tenant.link}`: "
                "set `pacs_network` in cdk.json"
            )
        if tenant.pacs_range is None:
            continue
        if any(tenant.pacs_range.overlaps(one) for one in taken):
            raise ConfigurationError(f"{tenant.tenant}.yaml: pacs_range is allotted already")
        if is_private_literal(tenant.vpn_gateway) or tenant.vpn_gateway in gateways:
            raise ConfigurationError(
                f"{tenant.tenant}.yaml: vpn_gateway is another site's, or no public address"
            )
        taken.append(tenant.pacs_range)
        gateways.add(tenant.vpn_gateway)


def _port(url: str) -> int:
    return urlsplit(url).port or HTTPS
