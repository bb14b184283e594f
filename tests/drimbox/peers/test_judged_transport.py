"""functions.drimbox.peers.judged_transport: a request goes to the very address that was judged."""

from __future__ import annotations

import contextlib
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from functions.drimbox.errors import Held
from functions.drimbox.peers.judged_transport import LONGEST, JudgedTransport
from functions.drimbox.peers.reachable import Resolve
from functions.drimbox.tls import _private_file, tls_context
from functions.drimbox.transport import open_client, open_pool
from simulators.pki import SERVER
from tests.fakes.world import keys

PUBLIC, SECOND, SIXTH = "93.184.215.14", "93.184.215.15", "2606:4700::1111"
HERE = "pacs.site.example"


def judge(
    pools: Pools, resolve: Resolve, private: tuple[str, ...] = (), *, monotonic: float = 0.0
) -> JudgedTransport:
    """A transport over those pools, whose clock goes on by so many seconds at each look."""
    clock = itertools.count(0.0, monotonic)
    return JudgedTransport(
        pools.open,
        resolve,
        private,
        refused=lambda: Held("pacs_address_private"),
        monotonic=lambda: next(clock),
    )


class Pools:
    """Remembers which pool took which request. Connections to the addresses ``dead`` fail."""

    def __init__(self, **dead: Any) -> None:
        self.asked: list[tuple[int, str, str, object]] = []
        self.opened = self.closed = 0
        self.dead: dict[str, Exception] = dead
        self.tried: list[str] = []

    def open(self) -> httpx.BaseTransport:
        self.opened += 1
        number, seen = self.opened, self

        class Pool(httpx.MockTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                seen.tried.append(request.url.host)
                if request.url.host in seen.dead:
                    raise seen.dead[request.url.host]
                return super().handle_request(request)

            def close(self) -> None:
                seen.closed += 1

        def answer(request: httpx.Request) -> httpx.Response:
            name = request.extensions["sni_hostname"]
            self.asked.append((number, request.url.host, request.headers["host"], name))
            return httpx.Response(200, content=request.read())

        return Pool(answer)


def test_a_request_goes_to_the_address_and_names_the_host() -> None:
    pools, addresses = Pools(), {"a.example": PUBLIC, "b.example": PUBLIC}
    judged = judge(pools, lambda host: [addresses[host]])
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
    """It is a fault of the name that was declared, and no outage."""
    pools = Pools()
    for found in ([address], [PUBLIC, address], [PUBLIC, "no address"]):
        judged = judge(pools, {"a.example": found}.__getitem__, ("elsewhere.example",))
        with open_client(transport=judged) as http, pytest.raises(Held) as held:
            http.get("https://a.example/rs")
        assert held.value.code == "pacs_address_private"
    assert pools.opened == 0


def test_each_request_is_judged_again() -> None:
    """A name that leads elsewhere a moment later, as in a DNS rebinding."""
    answers = iter([[PUBLIC], ["127.0.0.1"], []])
    with open_client(transport=judge(Pools(), lambda _: next(answers))) as http:
        assert http.get("https://a.example/rs").status_code == 200
        with pytest.raises(Held):
            http.get("https://a.example/rs")
        with pytest.raises(httpx.ConnectError, match="no address"):
            http.get("https://a.example/rs")


@pytest.mark.parametrize("error", [httpx.ConnectError("refused"), httpx.ConnectTimeout("silent")])
def test_each_address_is_tried_until_one_takes_the_connection(error: Exception) -> None:
    pools = Pools(**{PUBLIC: error})
    judged = judge(pools, lambda _: [SIXTH, PUBLIC, SECOND])
    with open_client(transport=judged) as http:
        assert http.post("https://a.example/rs", content=iter([b"bo", b"dy"])).content == b"body"
        # The one that took the connection is asked first.
        assert http.get("https://a.example/rs").status_code == 200
        assert pools.tried == [PUBLIC, SECOND, SECOND]
        pools.dead = {SECOND: error, PUBLIC: error}
        assert http.get("https://a.example/rs").status_code == 200
        assert pools.tried[3:] == [SECOND, PUBLIC, SIXTH]
        pools.dead[SIXTH] = httpx.ConnectError("at the first one")
        with pytest.raises(type(error), match=str(error)):
            http.get("https://a.example/rs")
        assert pools.tried[6:] == [SIXTH, PUBLIC, SECOND]
    assert pools.opened == 1


def test_an_address_that_is_named_no_more_is_not_asked() -> None:
    pools, found = Pools(), [PUBLIC]
    with open_client(transport=judge(pools, lambda _: found)) as http:
        http.get("https://a.example/rs")
        found[:] = [SECOND]
        http.get("https://a.example/rs")
    assert pools.tried == [PUBLIC, SECOND]


def test_a_request_that_has_left_is_sent_once() -> None:
    pools = Pools(**{PUBLIC: httpx.ReadError("cut")})
    with (
        open_client(transport=judge(pools, lambda _: [PUBLIC, SECOND])) as http,
        pytest.raises(httpx.ReadError),
    ):
        http.post("https://a.example/rs", content=b"body")
    assert pools.tried == [PUBLIC]


def test_silent_addresses_cost_no_more_than_a_silent_answer() -> None:
    many = [f"93.184.215.{number}" for number in range(1, 100)]
    pools = Pools(**dict.fromkeys(many, httpx.ConnectTimeout("silent")))
    judged = judge(pools, lambda _: many, monotonic=5.0)
    with open_client(transport=judged) as http, pytest.raises(httpx.ConnectTimeout):
        http.get("https://a.example/rs")
    assert len(pools.tried) == LONGEST / 5.0


def test_a_name_of_another_alphabet_is_judged_as_it_is_sent() -> None:
    """Its word, as some readers of names read it, is another host's name."""
    asked: list[str] = []

    def resolve(host: str) -> list[str]:
        asked.append(host)
        return [PUBLIC]

    pools = Pools()
    with open_client(transport=judge(pools, resolve)) as http:
        http.get("https://xn--strae-oqa.example/rs")
    assert asked == ["xn--strae-oqa.example"]
    assert pools.asked == [(1, PUBLIC, "xn--strae-oqa.example", "xn--strae-oqa.example")]


def test_threads_share_the_connections_to_a_host() -> None:
    pools, together = Pools(), threading.Barrier(8)

    def resolve(_: str) -> list[str]:
        together.wait(10)
        return [PUBLIC]

    slow = pools.open

    def open_slowly() -> httpx.BaseTransport:
        time.sleep(0.01)
        return slow()

    pools.open = open_slowly  # type: ignore[method-assign]
    with (
        open_client(transport=judge(pools, resolve)) as http,
        ThreadPoolExecutor(8) as threads,
    ):
        list(threads.map(lambda _: http.get("https://a.example/rs"), range(8)))
    assert (pools.opened, pools.closed) == (1, 1)


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
            whole = b""
            while got := theirs.recv(65536):
                whole += got
                if b"chunked" in whole and not whole.endswith(b"0\r\n\r\n"):
                    continue
                whole = b""
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
        lambda: open_pool(context),
        lambda _: ["127.0.0.1"],
        [HERE, "other.example"],
        refused=lambda: Held("pacs_address_private"),
    )
    with open_client(transport=judged) as http:
        for _ in range(2):
            assert http.get(f"https://{HERE}:{port}/rs").status_code == 200
        assert connections() == 1
        with pytest.raises(httpx.ConnectError, match="certificate"):
            http.get(f"https://other.example:{port}/rs")


def test_a_dead_machine_of_a_name_with_several_costs_its_request_nothing(
    server: tuple[int, Callable[[], int]],
) -> None:
    """The body comes from a source that can be read once."""
    port, connections = server
    context = tls_context(keys().authority.root.certificate_pem)
    judged = JudgedTransport(
        lambda: open_pool(context),
        lambda _: ["127.0.0.9", "127.0.0.1"],
        [HERE],
        refused=lambda: Held("pacs_address_private"),
    )
    with open_client(transport=judged) as http:
        for _ in range(2):
            body = iter([b"one", b"two"])
            assert http.post(f"https://{HERE}:{port}/rs", content=body).status_code == 200
            assert next(body, None) is None
    assert connections() == 1


def test_another_judgement_takes_its_own_addresses() -> None:
    pools = Pools()
    found = {"a.example": [PUBLIC], "b.example": [SECOND], "c.example": [PUBLIC, SECOND]}
    judged = JudgedTransport(
        pools.open,
        found.__getitem__,
        refused=lambda: Held("pacs_address_foreign"),
        admits=lambda one: str(one) == SECOND,
    )
    with open_client(transport=judged) as http:
        assert http.get("https://b.example/rs").status_code == 200
        for host in ("a.example", "c.example"):
            with pytest.raises(Held):
                http.get(f"https://{host}/rs")
    assert pools.tried == [SECOND]
