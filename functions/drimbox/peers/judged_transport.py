"""A transport that connects only to addresses of the Internet, each judged when it is used.

A host that a file names can lead anywhere, and elsewhere tomorrow: the name is resolved for each
request, and the request goes to the very address that was judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from functions.drimbox.peers.reachable import judged_address

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from functions.drimbox.peers.reachable import Resolve


class JudgedTransport(httpx.BaseTransport):
    """``open_pool`` makes the connections to one host: two hosts may share an address, and a kept
    connection has proved the name of one. ``private_hosts`` may stand at any address.

    A host without a public address cannot be connected to (httpx.ConnectError).
    """

    def __init__(
        self,
        open_pool: Callable[[], httpx.BaseTransport],
        resolve: Resolve,
        private_hosts: Collection[str] = (),
    ) -> None:
        self._open_pool = open_pool
        self._resolve = resolve
        self._private_hosts = frozenset(private_hosts)
        self._pools: dict[str, httpx.BaseTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See ``httpx.BaseTransport``."""
        host = request.url.host
        address = judged_address(host, self._resolve, self._private_hosts)
        if address is None:
            raise httpx.ConnectError("no public address", request=request)
        placed = httpx.Request(
            request.method,
            request.url.copy_with(host=address),
            # The header Host is the name's already.
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        )
        pool = self._pools.get(host) or self._pools.setdefault(host, self._open_pool())
        return pool.handle_request(placed)

    def close(self) -> None:
        """See ``httpx.BaseTransport``."""
        for pool in self._pools.values():
            pool.close()
