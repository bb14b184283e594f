"""The URLs that a tenant's file names, in the one form that all readers of URLs read alike.

Readers disagree about the rest: a user before the host, a number or ``127.1`` for an address, a
letter that becomes another one or a dot (RFC 3986 7.4 and 7.6, RFC 5891). The judge of an address
and the client that connects must see the same host: nothing of that is taken.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ipaddress import IPv4Network

_LENGTH: Final = 512
_HOST_LENGTH: Final = 253
_MOST_PORT: Final = 65535
# Lower case; segments of plain characters, none empty or of dots; no user, query or fragment.
_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:]+\])(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*"
)
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# A host whose last label is so is an IPv4 address to some readers, in any notation.
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_HERE: Final = "127.0.0.1"
# A site may be allotted private addresses (RFC 1918), and those shared by networks that
# translate addresses (RFC 6598), which few hospitals use inside.
_ALLOTTED: Final = tuple(
    map(
        ipaddress.IPv4Network,
        ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"),
    )
)
# A site presents few servers.
_LARGEST: Final = 24


def read_https(text: str) -> str:
    """An https URL of a host by its name or its IPv4 address. Raises ValueError for any other."""
    scheme, host, _ = _parts(text)
    if scheme != "https" or host.startswith("["):
        raise ValueError("not https, or no name")
    return text


def read_pacs(text: str) -> str:
    """The base of a PACS, without the slashes at its end: https; http with a port on 127.0.0.1
    alone. Raises ValueError for any other."""
    text = text.rstrip("/")
    scheme, host, port = _parts(text)
    if scheme != "https" and (host != _HERE or port is None):
        raise ValueError("not https")
    return text


def read_range(text: str) -> IPv4Network:
    """The private IPv4 addresses allotted to a site, at most 256 of them: ``100.64.3.0/28``. Raises
    ValueError for any other, or another notation of one."""
    found = ipaddress.IPv4Network(text)
    if str(found) != text or found.prefixlen < _LARGEST:
        raise ValueError("not a range in its usual notation, or a large one")
    if not any(found.subnet_of(one) for one in _ALLOTTED):
        raise ValueError("not private")
    return found


def read_gateway(text: str) -> str:
    """The IPv4 address of a site's VPN gateway. Raises ValueError for any other."""
    return str(ipaddress.IPv4Address(text))


def is_elsewhere(url: str, allotted: IPv4Network) -> bool:
    """Whether the host of a URL that was read here is an address outside the range. A name's
    addresses are judged when they are connected to."""
    host = _parts(url)[1].strip("[]")
    try:
        return ipaddress.ip_address(host) not in allotted
    except ValueError:
        return False


def _parts(text: str) -> tuple[str, str, str | None]:
    """Scheme, host and port."""
    found = _URL.fullmatch(text)
    if found is None or len(text) > _LENGTH or int(found["port"] or 1) > _MOST_PORT:
        raise ValueError("not a plain URL")
    _require_host(found["host"])
    return found["scheme"], found["host"], found["port"]


def _require_host(host: str) -> None:
    """Raise ValueError unless the host is a name, or an address in its one usual notation."""
    labels = host.split(".")
    if host.startswith("["):
        inner = host[1:-1]
        usual = ipaddress.IPv6Address(inner)
        if str(usual) != inner or usual.ipv4_mapped is not None:
            raise ValueError("an unusual address")
    elif _NUMBER.fullmatch(labels[-1]):
        ipaddress.IPv4Address(host)
    elif len(host) > _HOST_LENGTH or not all(map(_is_label, labels)):
        raise ValueError("not a name")


def _is_label(label: str) -> bool:
    if not _LABEL.fullmatch(label):
        return False
    if label[2:4] != "--":
        return True
    try:
        # Any other one is another name to some readers (RFC 5891 4.2.3.1, 4.4).
        return label.startswith("xn") and not label[4:].encode().decode("punycode").isascii()
    except UnicodeError:
        return False
