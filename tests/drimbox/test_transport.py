"""Size and time of an answer are bounded; a client follows no redirect and remembers nothing."""

from __future__ import annotations

import ast
import contextlib
import socket
import ssl
import threading
import time
import types
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from functions.drimbox.tls import _private_file, tls_context
from functions.drimbox.transport import (
    KEPT_IDLE,
    NotServed,
    Patience,
    TooManyBytes,
    bounded_body,
    download,
    open_client,
)
from simulators.pki import SERVER
from tests.fakes.world import keys

FUNCTIONS = Path(__file__).parents[2] / "functions"


def chunked(*chunks: bytes) -> httpx.Response:
    def stream() -> Iterator[bytes]:
        yield from chunks

    return httpx.Response(200, content=stream(), request=httpx.Request("GET", "https://x"))


def test_a_body_is_read_up_to_its_limit() -> None:
    assert bounded_body(chunked(b"ab", b"c"), 3) == b"abc"
    with pytest.raises(TooManyBytes):
        bounded_body(chunked(b"ab", b"c"), 2)


def test_an_answer_that_trickles_in_is_given_up() -> None:
    seconds = iter([0.0, 1.0, 2.0, 3.1])
    with pytest.raises(httpx.ReadTimeout):
        bounded_body(chunked(b"a", b"b", b"c"), 9, max_seconds=3, monotonic=lambda: next(seconds))


def test_each_step_of_a_request_has_its_time_and_no_more_than_is_left() -> None:
    now = [100.0]
    patience = Patience(httpx.Timeout(connect=3.0, read=4.0, write=None, pool=1.0), 10.0)
    deadline = patience.begin(lambda: now[0])
    steps = ("connect", "read", "write", "pool")
    assert [deadline.get(one) for one in steps] == [3.0, 4.0, 10.0, 1.0]
    now[0] = 108.5
    assert [deadline.get(one) for one in steps] == [1.5, 1.5, 1.5, 1.0]
    now[0] = 200.0
    assert {deadline.get(one) for one in steps} == {deadline.left} == {0.001}
    assert patience.longest == 14.0
    assert Patience(httpx.Timeout(None), 10.0).longest == 10.0


def test_httpx_asks_the_deadline_at_each_step() -> None:
    """Over a socket: the step that finds no time left ends the request, whatever its own time."""
    listener = socket.create_server(("127.0.0.1", 0))
    now = [0.0]
    patience = Patience(httpx.Timeout(60.0), 60.0)

    def body() -> Iterator[bytes]:
        now[0] = 61.0  # connected, and nobody reads or answers
        yield b"x"

    with listener, open_client() as http, pytest.raises(httpx.TimeoutException):
        http.post(
            f"http://127.0.0.1:{listener.getsockname()[1]}",
            content=body(),
            extensions={"timeout": patience.begin(lambda: now[0])},
        )


def trickle(answer: bytes, now: list[float]) -> tuple[str, ssl.SSLContext]:
    """A server over TLS that sends ``answer`` byte by byte, one each second of the clock ``now``:
    its address, and the context that trusts it.
    """
    authority = keys().authority
    issued = authority.issue("CN=far,C=FR", SERVER, datetime.now(UTC), hosts=("localhost",))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with _private_file(f"{issued.certificate_pem}\n{issued.key_pem}") as path:
        context.load_cert_chain(path)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with context.wrap_socket(connection, server_side=True) as theirs:
                theirs.recv(65536)
                for byte in answer:
                    now[0] += 1
                    theirs.sendall(bytes([byte]))
                    time.sleep(0.001)

    threading.Thread(target=serve, daemon=True).start()
    url = f"https://localhost:{listener.getsockname()[1]}"
    return url, tls_context(authority.root.certificate_pem)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: " + b"x" * 300 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n" + b"x" * 300,
    ],
    ids=["head", "body"],
)
def test_an_answer_whose_head_or_body_trickles_in_ends_with_the_whole(answer: bytes) -> None:
    """httpcore asks once for the time of all reads of the head, and once for those of the body."""
    now = [0.0]
    url, context = trickle(answer, now)
    patience = Patience(httpx.Timeout(60.0), 100.0)
    with open_client(context) as http, pytest.raises(httpx.ReadTimeout):
        http.get(url, extensions={"timeout": patience.begin(lambda: now[0])})


class OneAnswer:
    """A server in a thread: each connection answers ``answers`` requests and is closed then."""

    def __init__(self, answers: int) -> None:
        self.connections = 0
        self._answers = answers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.closed = threading.Semaphore(0)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                with connection:
                    for _ in range(self._answers):
                        if not connection.recv(65536):
                            break
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                self.closed.release()

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock by which connections grow old."""
    now = [1000.0]
    monkeypatch.setattr(
        "httpcore._sync.http11.time", types.SimpleNamespace(monotonic=lambda: now[0])
    )
    return now


@pytest.mark.parametrize(("idle", "connections"), [(KEPT_IDLE - 1, 1), (KEPT_IDLE + 1, 2)])
def test_an_idle_connection_is_used_again_for_a_while(
    clock: list[float], idle: float, connections: int
) -> None:
    server = OneAnswer(9)
    with open_client() as client:
        for _ in range(2):
            assert client.get(server.url).status_code == 200
            clock[0] += idle
    server.stop()
    assert server.connections == connections


def test_a_connection_that_the_server_closed_is_not_used_again(clock: list[float]) -> None:
    server = OneAnswer(1)
    with open_client() as client:
        for _ in range(3):
            assert client.get(server.url).status_code == 200
            assert server.closed.acquire(timeout=30)
            clock[0] += 1
    server.stop()
    assert server.connections == 3


def test_a_file_is_downloaded_as_it_is_or_not_at_all() -> None:
    answers = {
        "/good": httpx.Response(200, content=b"file"),
        "/long": httpx.Response(200, content=b"files"),
        "/gone": httpx.Response(404),
        "/elsewhere": httpx.Response(302, headers={"location": "https://evil.example/"}),
        "/gzip": httpx.Response(200, content=b"x", headers={"content-encoding": "br"}),
    }
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answers[request.url.path]

    with open_client(transport=httpx.MockTransport(answer)) as http:
        assert download(http, "https://x/good", 4) == b"file"
        with pytest.raises(TooManyBytes):
            download(http, "https://x/long", 4)
        for path, said in {"/gone": "404", "/elsewhere": "302", "/gzip": "compressed"}.items():
            with pytest.raises(NotServed, match=f"^{said}$"):
                download(http, f"https://x{path}", 4)
    assert {one.headers["accept-encoding"] for one in asked} == {"identity"}


def test_a_client_follows_no_redirect() -> None:
    answer = httpx.Response(307, headers={"location": "https://evil.example/"})
    client = open_client(transport=httpx.MockTransport(lambda _: answer))
    with client:
        assert client.get("https://x").status_code == 307


@pytest.mark.parametrize(
    "cookie",
    [
        "tenant=a",
        "tenant=a; Path=/; Max-Age=3600",
        "tenant=a; Domain=pacs.example; Secure; HttpOnly",
        "tenant=a; Domain=.example",
    ],
)
@pytest.mark.parametrize("host", ["pacs.example", "localhost", "192.0.2.1"])
def test_a_client_gives_no_cookie_back(cookie: str, host: str) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, headers={"set-cookie": cookie})

    with open_client(transport=httpx.MockTransport(answer)) as client:
        client.get(f"https://{host}/a/studies")
        client.get(f"https://{host}/a/studies")
        client.get(f"https://{host}/b/studies")
        with client.stream("GET", f"https://other.{host}.example/"):
            pass
    assert [one.headers.get("cookie") for one in seen] == [None] * 4


def test_a_client_reads_neither_proxies_nor_passwords_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine pacs.example login somebody password secret")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    with open_client(transport=httpx.MockTransport(answer)) as client:
        client.get("https://pacs.example/")
    with open_client() as client:
        assert client._mounts == {}
    assert "authorization" not in seen[0].headers


def test_no_other_module_makes_a_client() -> None:
    """Any other client would keep cookies, follow redirects or read the environment."""
    makers = {"Client", "AsyncClient", "get", "post", "put", "request", "stream"}
    for path in FUNCTIONS.rglob("*.py"):
        if path == FUNCTIONS / "drimbox/transport.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                made = isinstance(owner, ast.Name) and owner.id == "httpx"
                assert not (made and node.func.attr in makers), path
