"""Serves every API of a deployment over TLS, each on its own port, in one process."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from infra.local.gateway.app import SCOPE_CERTIFICATE, SCOPE_HEADERS, RestApi
from infra.local.gateway.invoker import Invoker
from infra.local.gateway.model import Api
from infra.local.install import Install

MAX_CONCURRENT_CALLS: Final = 128
GRACE_SECONDS: Final = 10
# Longer than any integration may take: the front's own limit is the one that counts.
CALL_SECONDS: Final = 60.0
# Between two looks for another authority.
_LOOK_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Pki:
    """The files of the local authority: our server certificate, and the authority of clients."""

    folder: Path

    @property
    def certificate(self) -> Path:
        """The server's certificate chain, PEM."""
        return self.folder / "gateway.pem"

    @property
    def key(self) -> Path:
        """The server's private key, PEM."""
        return self.folder / "gateway.key"

    @property
    def authority(self) -> Path:
        """The authority that client certificates must come from, PEM."""
        return self.folder / "ca.pem"

    def truststore(self, api: Api) -> Path:
        """The certificates that vouch for clients of this API, PEM: a file of its own, or the
        authority."""
        own = self.folder / f"{api.label}-truststore.pem"
        return own if own.exists() else self.authority

    @property
    def more(self) -> Path:
        """Another one beside it, PEM; it may come while the stack runs."""
        return self.folder / "agent-authority.pem"


class _Protocol(HttpToolsProtocol):
    """Adds what uvicorn does not pass on: the client's certificate, the case of header names."""

    def connection_made(self, transport: Any) -> None:
        """Keep the certificate of the TLS session (PEM)."""
        super().connection_made(transport)
        session = transport.get_extra_info("ssl_object")
        certificate = session.getpeercert(True) if session else None
        self._certificate = ssl.DER_cert_to_PEM_cert(certificate) if certificate else None
        self._sent: list[tuple[bytes, bytes]] = []

    def on_message_begin(self) -> None:
        """A new request of this connection."""
        super().on_message_begin()
        self._sent = []
        extra: dict[str, Any] = self.scope  # type: ignore[assignment]
        extra[SCOPE_CERTIFICATE] = self._certificate
        extra[SCOPE_HEADERS] = self._sent

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep the name as it was sent."""
        super().on_header(name, value)
        self._sent.append((name, value))


class _Server(uvicorn.Server):
    """A server among others: signals are handled once, for all of them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


async def serve(apis: tuple[Api, ...], install: Install, endpoint: str, pki: Pki) -> None:
    """Serve until SIGTERM or SIGINT, then let the requests in progress end (10 s at most).

    Prints ``ready`` on a line of its own when every port is listened on.
    """
    executor = ThreadPoolExecutor(MAX_CONCURRENT_CALLS, thread_name_prefix="call")
    servers = []
    for api in apis:
        invoker = Invoker(install, endpoint, api.region, CALL_SECONDS)
        servers.append(_server(RestApi(api, invoker, executor), api, pki))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, functools.partial(_stop, servers))
    tasks = [
        asyncio.create_task(server.serve(sockets=[_listen(api)]))
        for server, api in zip(servers, apis, strict=True)
    ]
    pairs = list(zip(servers, tasks, strict=True))
    following = asyncio.create_task(_follow(pki.more, servers, pki.authority))
    while not all(server.started or task.done() for server, task in pairs):
        await asyncio.sleep(0.02)
    print("ready", flush=True)
    await asyncio.gather(*tasks)
    following.cancel()
    executor.shutdown(wait=False, cancel_futures=True)


async def _follow(path: Path, servers: list[_Server], authority: Path) -> None:
    """Trust the authorities of that file too, beside ``authority``, whenever it is written."""
    known = None
    while True:
        try:
            found = path.read_text()
        except OSError:
            found = None
        if found and found != known:
            for server in servers:
                context = server.config.ssl
                if context is not None and server.config.ssl_ca_certs == str(authority):
                    context.load_verify_locations(cadata=found)
            known = found
        await asyncio.sleep(_LOOK_SECONDS)


def _stop(servers: list[_Server]) -> None:
    for server in servers:
        server.should_exit = True


def _listen(api: Api) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", api.port))
    listener.listen(256)
    return listener


def _server(application: RestApi, api: Api, pki: Pki) -> _Server:
    config = uvicorn.Config(
        application,
        http=_Protocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ssl_certfile=pki.certificate,
        ssl_keyfile=pki.key,
        ssl_ca_certs=str(pki.truststore(api)) if api.client_certificate else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if api.client_certificate else ssl.CERT_NONE,
    )
    config.load()
    if config.ssl is not None:
        # A truststore may hold the certificate of one client.
        config.ssl.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return _Server(config)
