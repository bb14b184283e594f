"""Whether an address may be asked: a host of the white list, at a public address of the Internet.

A forged manifest would otherwise lead our requests, and later a professional's token, to any host
of the forger's, or to a machine of our own network. The name is resolved once and the connection
goes to the very address that was judged: another answer of the DNS a moment later changes nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Final

from functions.drimbox.peers.source_address import HTTPS

if TYPE_CHECKING:
    from functions.drimbox.peers.source_address import SourceAddress
    from functions.drimbox.peers.white_list import WhiteList

Resolve = Callable[[str], Collection[str]]
"""The addresses of a host's name, in the resolver's order; none when it has none or fails."""
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# The versions of Python know different registries: this list is ours (IANA, special-purpose
# addresses).
_NOT_PUBLIC_4: Final = tuple(
    map(
        ipaddress.IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
            *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        ),
    )
)
# Global unicast (RFC 4291 2.4). All others are local, reserved, or an IPv4 address in another form
# (RFC 4291 2.5.5, RFC 6052 2.1), which nobody publishes in the DNS.
_GLOBAL_6: Final = ipaddress.IPv6Network("2000::/3")
# Teredo and 6to4 hold an IPv4 address; the others are for protocols and documents.
_NOT_PUBLIC_6: Final = tuple(
    map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
)


def is_listed(
    address: SourceAddress, white_list: WhiteList, private_hosts: Collection[str] = ()
) -> bool:
    """Whether the white list names that host, and the port is the one that it means.

    ``private_hosts`` are the hosts of a stack on this machine: their ports are free.
    """
    if white_list.entry_for_host(address.host) is None:
        return False
    return address.port == HTTPS or address.host in private_hosts


class NotAdmitted(Exception):
    """A host has an address that is not admitted, or one that nobody can read."""


def is_public(address: Address) -> bool:
    """Whether it is an address of the Internet."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not any(address in one for one in _NOT_PUBLIC_4)
    listed = any(address in one for one in _NOT_PUBLIC_6)
    return address.is_global and address in _GLOBAL_6 and not listed


def judged_addresses(
    host: str,
    resolve: Resolve,
    private_hosts: Collection[str] = (),
    admits: Callable[[Address], bool] = is_public,
) -> tuple[str, ...]:
    """The IP addresses to connect to for ``host``, one after the other; none when it has none.

    Raises NotAdmitted for any that ``admits`` refuses, among others too: which one is used would be
    a chance. The ``private_hosts`` may stand anywhere.
    """
    found = [_read(one) for one in resolve(host)]
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        raise NotAdmitted
    if host not in private_hosts and not all(map(admits, known)):
        raise NotAdmitted
    # A function has IPv4 alone where its network has no IPv6.
    return tuple(dict.fromkeys(map(str, sorted(known, key=lambda one: one.version))))


def is_private_literal(host: str) -> bool:
    """Whether ``host`` is an address that is not public, or a name of the machine itself (RFC 6761
    6.3). Of any other name only its resolution tells: False."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    # urlsplit keeps the zone of an address, which names an interface of this machine.
    address = _read(name.partition("%")[0])
    return address is not None and ("%" in name or not is_public(address))


def _read(text: str) -> Address | None:
    try:
        # A zone names an interface of this machine (RFC 4007 11): no address of the Internet.
        return None if "%" in text else ipaddress.ip_address(text)
    except ValueError:
        return None
