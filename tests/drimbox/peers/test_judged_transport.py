"""functions.drimbox.peers.judged_transport: a request goes to the very address that was judged."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest

from functions.drimbox.peers.judged_transport import JudgedTransport
from functions.drimbox.tls import _private_file, tls_context
from functions.drimbox.transport import open_client, open_pool
from simulators.pki import SERVER
from tests.fakes.world import keys

PUBLIC = "93.184.215.14"
HERE = "pacs.site.example"


class Pools:
    """Remembers which pool took which request."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, str, str, object]] = []
        self.opened = self.closed = 0

    def open(self) -> httpx.BaseTransport:
        self.opened += 1
        number, seen = self.opened, self

        class Pool(httpx.MockTransport):
            def close(self) -> None:
                seen.closed += 1

        def answer(request: httpx.Request) -> httpx.Response:
            name = request.extensions["sni_hostname"]
            self.asked.append((number, request.url.host, request.headers["host"], name))
            return httpx.Response(200, content=request.read())

        return Pool(answer)


def test_a_request_goes_to_the_address_and_names_the_host() -> None:
    pools, addresses = Pools(), {"a.example": PUBLIC, "b.example": PUBLIC}
    judged = JudgedTransport(pools.open, lambda host: [addresses[host]])
    with open_client(transport=judged) as http:
        assert http.post("https://a.example:8443/rs", content=b"body").content == b"body"
        http.get("https://a.example:8443/rs")
        http.get("https://b.example/rs")
    # Two hosts share the address, and no connection.
    assert pools.asked == [
        (1, PUBLIC, "a.example:8443", "a.example"),
        (1, PUBLIC, "a.example:8443", "a.example"),
        (2, PUBLIC, "b.example", "b.example"),
    ]
    assert (pools.opened, pools.closed) == (2, 2)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fe80::1"])
def test_a_private_address_is_not_connected_to(address: str) -> None:
    pools = Pools()
    judged = JudgedTransport(pools.open, lambda _: [address], ["elsewhere.example"])
    with open_client(transport=judged) as http, pytest.raises(httpx.ConnectError):
        http.get("https://a.example/rs")
    assert pools.opened == 0


def test_each_request_is_judged_again() -> None:
    """A name that leads elsewhere a moment later, as in a DNS rebinding."""
    answers = iter([[PUBLIC], ["127.0.0.1"], []])
    judged = JudgedTransport(Pools().open, lambda _: next(answers))
    with open_client(transport=judged) as http:
        assert http.get("https://a.example/rs").status_code == 200
        for _ in range(2):
            with pytest.raises(httpx.ConnectError):
                http.get("https://a.example/rs")


@pytest.fixture
def server() -> Iterator[tuple[int, Callable[[], int]]]:
    """A server over TLS on this machine, whose certificate is that of HERE: its port, and how many
    connections it took."""
    issued = keys().authority.issue("CN=pacs,C=FR", SERVER, datetime.now(UTC), hosts=(HERE,))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with _private_file(f"{issued.certificate_pem}\n{issued.key_pem}") as path:
        context.load_cert_chain(path)
    listener = socket.create_server(("127.0.0.1", 0))
    taken: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            taken.append(connection)
            threading.Thread(target=speak, args=(connection,), daemon=True).start()

    def speak(connection: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            context.wrap_socket(connection, server_side=True) as theirs,
        ):
            while theirs.recv(65536):
                theirs.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1], lambda: len(taken)
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def test_the_certificate_is_that_of_the_host_and_a_connection_is_kept(
    server: tuple[int, Callable[[], int]],
) -> None:
    port, connections = server
    context = tls_context(keys().authority.root.certificate_pem)
    judged = JudgedTransport(
        lambda: open_pool(context), lambda _: ["127.0.0.1"], [HERE, "other.example"]
    )
    with open_client(transport=judged) as http:
        for _ in range(2):
            assert http.get(f"https://{HERE}:{port}/rs").status_code == 200
        assert connections() == 1
        with pytest.raises(httpx.ConnectError, match="certificate"):
            http.get(f"https://other.example:{port}/rs")
