"""The names of hosts of the Internet, resolved."""

from __future__ import annotations

import socket


def resolve(host: str) -> tuple[str, ...]:
    """The addresses of a host, none when it has none or the resolver fails."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(str(address[0]) for *_, address in found)
