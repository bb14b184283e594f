"""The connections below botocore: kept, never used when stale, and every failure has its name."""

from __future__ import annotations

import io
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    ResponseStreamingError,
    SSLError,
)

from functions.aws import http_session
from functions.aws.http_session import HttpSession
from simulators.pki import SERVER, Authority

Answer = Callable[[BaseHTTPRequestHandler], None]


class Server(ThreadingHTTPServer):
    """Answers every request by ``answer``; counts connections and keeps what was sent."""

    daemon_threads = True
    # The system drops connections beyond these, and they come a second late.
    request_queue_size = 64

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.connections = 0
        self.counting = threading.Lock()
        self.seen: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        super().setup()
        with self.server.counting:
            self.server.connections += 1

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append((self.path, headers, body))
        self.server.answer(self)

    do_PUT = do_HEAD = do_GET  # noqa: N815  # names that http.server looks for

    def log_message(self, *_: object) -> None:
        """Nothing."""


class Larger:
    """Botocore's own session: its requests, and whether it was closed."""

    def __init__(self) -> None:
        self.sent: list[AWSPreparedRequest] = []
        self.closed = False

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        self.sent.append(request)
        return AWSResponse(request.url, 299, HTTPHeaders(), io.BytesIO())

    def close(self) -> None:
        self.closed = True


def says(body: bytes, status: int = 200, *, promised: int | None = None, close: str = "") -> Answer:
    """``promised``: the Content-Length, if it is not that of the body."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body) if promised is None else promised))
        if close == "told":
            handler.send_header("Connection", "close")
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)
        handler.close_connection = bool(close) or promised is not None

    return answer


@contextmanager
def serving(answer: Answer, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    with Server(answer) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def session(larger: Larger | None = None, *, read: float = 5) -> HttpSession:
    return HttpSession(larger or Larger(), connect=1, read=read)


def kept(ours: HttpSession, server: Server) -> list[HTTPConnection]:
    """The connections to ``server`` that nobody uses."""
    return ours._idle.get(server.url, [])


def request(url: str, method: str = "GET", *, body: Any = None, stream: bool = False) -> Any:
    headers = HTTPHeaders()
    headers["X-Amz-Date"] = "now"
    if body is not None:
        headers["Expect"] = "100-continue"
        headers["Content-Length"] = str(len(body.getvalue() if hasattr(body, "read") else body))
    return AWSPreparedRequest(method, url, headers, body, stream)


def test_a_connection_is_kept_and_the_request_is_what_botocore_signed() -> None:
    ours = session()
    with serving(says(b"abc")) as server:
        for path, target in (("", "/"), ("/k%20k?x=1", "/k%20k?x=1"), ("?list-type=2", None)):
            answer = ours.send(request(server.url + path))
            assert (answer.status_code, answer.content) == (200, b"abc")
            assert answer.headers["content-length"] == "3"
            assert server.seen[-1][0] == (target or "/?list-type=2")
        assert server.seen[0][1]["host"] == server.url.removeprefix("http://")
        assert server.seen[0][1]["x-amz-date"] == "now"
        assert server.connections == 1
        ours.close()


@pytest.mark.parametrize("body", [b"small", io.BytesIO(b"small")])
def test_a_small_body_goes_at_once(body: Any) -> None:
    ours = session()
    with serving(says(b"")) as server:
        assert ours.send(request(server.url, "PUT", body=body)).content == b""
        assert ours.send(request(server.url, "HEAD")).status_code == 200
        (_, headers, sent), _ = server.seen
        ours.close()
    assert (sent, headers["content-length"]) == (b"small", "5")
    assert "expect" not in headers


@pytest.mark.parametrize("body", [b"x" * (2**20 + 1), io.BufferedReader(io.BytesIO(b"x"))])
def test_a_large_or_spooled_body_goes_by_botocores_own_session(body: Any) -> None:
    larger = Larger()
    asked = AWSPreparedRequest("PUT", "http://127.0.0.1:1", HTTPHeaders(), body, False)
    ours = session(larger)
    assert ours.send(asked).status_code == 299
    assert larger.sent == [asked]
    ours.close()
    assert larger.closed


@pytest.mark.parametrize("close", ["told", "silent"])
def test_a_connection_that_its_host_has_ended_is_not_used_again(close: str) -> None:
    ours = session()
    with serving(says(b"abc", close=close)) as server:
        for count in (1, 2):
            assert ours.send(request(server.url)).content == b"abc"
            for connection in kept(ours, server):
                assert connection.sock.recv(1, 2) == b""  # MSG_PEEK: until its end has arrived
            assert server.connections == count
        ours.close()


def test_a_stream_is_read_in_pieces_and_its_connection_is_free_at_the_end() -> None:
    ours = session()
    with serving(says(b"abcdef")) as server:
        body = ours.send(request(server.url, stream=True)).raw
        assert body.read(4) == b"abcd"
        assert not kept(ours, server)
        assert (body.read(4), body.read()) == (b"ef", b"")
        assert len(kept(ours, server)) == 1
        left = ours.send(request(server.url, stream=True)).raw
        for _ in range(2):
            left.close()
        assert not kept(ours, server)
        ours.close()


def test_no_more_connections_are_kept_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_session, "_MOST_IDLE", 1)
    ours = session()
    with serving(says(b"abc")) as server:
        bodies = [ours.send(request(server.url, stream=True)).raw for _ in range(2)]
        assert [body.read() for body in bodies] == [b"abc"] * 2
        assert len(kept(ours, server)) == 1
        ours.close()


def test_threads_never_share_a_connection() -> None:
    ours = session()
    with serving(says(b"abc")) as server:

        def ask(_: int) -> bytes:
            return ours.send(request(server.url)).content

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(ask, range(200))) == {b"abc"}
        assert server.connections <= 8
        assert len(kept(ours, server)) == server.connections
        ours.close()
        assert not kept(ours, server)


def test_an_error_is_read_at_once_even_where_a_stream_was_asked() -> None:
    with serving(says(b"<Error/>", 404)) as server:
        ours = session()
        assert ours.send(request(server.url, stream=True)).content == b"<Error/>"
        assert len(kept(ours, server)) == 1
        ours.close()


def test_an_answer_that_ends_early_is_a_closed_connection_or_a_broken_stream() -> None:
    with serving(says(b"abc", promised=9)) as server:
        with pytest.raises(ConnectionClosedError):
            session().send(request(server.url))
        with pytest.raises(ResponseStreamingError):
            session().send(request(server.url, stream=True)).raw.read()


def test_an_answer_that_never_comes_is_a_read_timeout() -> None:
    gone = threading.Event()

    def silent(handler: BaseHTTPRequestHandler) -> None:
        gone.wait(5)

    def half(handler: BaseHTTPRequestHandler) -> None:
        says(b"abc", promised=9)(handler)
        handler.wfile.flush()
        gone.wait(5)

    for answer, stream in ((silent, False), (half, True)):
        gone.clear()
        with serving(answer) as server:
            with pytest.raises(ReadTimeoutError):
                session(read=0.2).send(request(server.url, stream=stream)).raw.read()
            gone.set()


def test_a_host_that_is_away_or_does_not_accept_is_named_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(EndpointConnectionError):
        session().send(request("http://127.0.0.1:1"))

    def slow(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr("socket.create_connection", slow)
    with pytest.raises(ConnectTimeoutError):
        session().send(request("http://127.0.0.1:1"))


def test_only_a_host_of_the_trusted_authorities_is_spoken_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    authority, other = Authority.create(now), Authority.create(now)
    own = authority.issue("CN=aws", SERVER, now, hosts=("127.0.0.1",))
    (tmp_path / "own.pem").write_text(own.certificate_pem + own.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "own.pem")
    for trusted, name in ((authority, "right.pem"), (other, "wrong.pem")):
        (tmp_path / name).write_text(trusted.root.certificate_pem)
    with serving(says(b"abc"), context) as server:
        url = server.url.replace("http", "https")
        monkeypatch.setattr(http_session, "where", lambda: tmp_path / "wrong.pem")
        http_session._context.cache_clear()
        with pytest.raises(SSLError):
            session().send(request(url))
        monkeypatch.setattr(http_session, "where", lambda: tmp_path / "right.pem")
        http_session._context.cache_clear()
        ours = session()
        assert ours.send(request(url)).content == b"abc"
        with pytest.raises(SSLError):  # another name than the certificate's
            session().send(request(url.replace("127.0.0.1", "localhost")))
        ours.close()
    http_session._context.cache_clear()
