"""A transport that connects only to admitted addresses, each judged when it is used.

A host that a file names can lead anywhere, and elsewhere tomorrow: the name is resolved for each
request, and the request goes to the very addresses that were judged, one after the other until one
takes the connection.
"""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, Final

import httpx

from functions.drimbox.peers.reachable import NotAdmitted, is_public, judged_addresses

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from functions.drimbox.peers.reachable import Address, Resolve

# Seconds after which no other address is tried: nobody waits for longer than for a silent answer.
LONGEST: Final = 15.0
# Nothing of the request has left.
_NOT_CONNECTED: Final = (httpx.ConnectError, httpx.ConnectTimeout)


class JudgedTransport(httpx.BaseTransport):
    """``open_pool`` makes the connections to one host: two hosts may share an address, and a kept
    connection has proved the name of one. ``private_hosts`` may stand at any address, others at
    those that ``admits`` takes: public ones, unless told otherwise.

    A host with another address raises ``refused``: nobody connects to it, however often it is
    asked. One without any address, or of which none takes the connection, cannot be
    connected to (httpx.ConnectError, httpx.ConnectTimeout). ``monotonic`` is in seconds. Several
    threads may use it.
    """

    def __init__(
        self,
        open_pool: Callable[[], httpx.BaseTransport],
        resolve: Resolve,
        private_hosts: Collection[str] = (),
        *,
        refused: Callable[[], Exception],
        admits: Callable[[Address], bool] = is_public,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_pool = open_pool
        self._resolve = resolve
        self._private_hosts = frozenset(private_hosts)
        self._refused = refused
        self._admits = admits
        self._monotonic = monotonic
        self._lock = Lock()
        self._pools: dict[str, httpx.BaseTransport] = {}
        self._good: dict[str, str] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See ``httpx.BaseTransport``."""
        # As it is sent: ``host`` would be another alphabet's word, which some read as another name.
        host = request.url.raw_host.decode("ascii")
        end = self._monotonic() + LONGEST
        failed: httpx.TransportError = httpx.ConnectError("no address", request=request)
        for address in self._in_turn(host):
            try:
                answer = self._pool(host).handle_request(_placed(request, host, address))
            except _NOT_CONNECTED as error:
                failed = error
                if self._monotonic() >= end:
                    break
            else:
                self._good[host] = address
                return answer
        raise failed

    def _in_turn(self, host: str) -> list[str]:
        """The judged addresses, the one that took the last connection first: the others may be
        dead, and a connection may be kept."""
        try:
            judged = judged_addresses(host, self._resolve, self._private_hosts, self._admits)
        except NotAdmitted:
            raise self._refused() from None
        good = self._good.get(host)
        return sorted(judged, key=lambda one: one != good)

    def _pool(self, host: str) -> httpx.BaseTransport:
        with self._lock:
            pool = self._pools.get(host)
            if pool is None:
                pool = self._pools[host] = self._open_pool()
            return pool

    def close(self) -> None:
        """See ``httpx.BaseTransport``."""
        with self._lock:
            pools = [*self._pools.values()]
            self._pools.clear()
        for pool in pools:
            pool.close()


def _placed(request: httpx.Request, host: str, address: str) -> httpx.Request:
    """The request at that address of its host."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        # The header Host is the name's already.
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host},
    )
