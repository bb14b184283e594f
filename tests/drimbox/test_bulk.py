"""functions.drimbox.bulk: large answers over TLS, from good servers and bad ones."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from tempfile import NamedTemporaryFile
from typing import Any

import httpx
import pytest

from functions.drimbox import bulk
from functions.drimbox.bulk import BulkTransport
from functions.drimbox.tls import tls_context
from functions.drimbox.transport import open_client
from simulators.pki import SERVER, Authority, Issued

HOST = "far.example"
LARGE = os.urandom(1_000_000)
NOW = datetime.now(UTC)


@cache
def _pki() -> tuple[Authority, Issued]:
    authority = Authority.create(NOW)
    return authority, authority.issue("CN=far,C=FR", SERVER, NOW, hosts=(HOST,))


@dataclass
class Far:
    """A server: ``answers`` has one list for each connection, and in it the bytes that answer each
    request; the connection ends behind the last one, and ``ended`` is set then. ``asked`` are the
    requests as they came."""

    answers: list[list[bytes]]
    port: int = 0
    asked: list[bytes] = field(default_factory=list)
    silent: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    connections: int = 0

    def client(self) -> httpx.Client:
        context = tls_context(_pki()[0].root.certificate_pem)
        return open_client(transport=BulkTransport(context))

    def get(self, client: httpx.Client, **given: Any) -> bytes:
        with self.stream(client, **given) as answer:
            return b"".join(answer.iter_raw())

    def stream(self, client: httpx.Client, **given: Any) -> AbstractContextManager[httpx.Response]:
        facts = {"extensions": {"sni_hostname": HOST}, **given}
        return client.stream("GET", f"https://127.0.0.1:{self.port}/a?b=1", **facts)


@contextmanager
def far(*answers: list[bytes], silence: float = 0.0) -> Iterator[Far]:
    issued = _pki()[1]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with NamedTemporaryFile("w") as file:
        file.write(issued.certificate_pem + issued.key_pem)
        file.flush()
        context.load_cert_chain(file.name)
    listener = socket.create_server(("127.0.0.1", 0))
    made = Far(list(answers), listener.getsockname()[1])

    def serve() -> None:
        for each in made.answers:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            made.connections += 1
            with suppress(OSError), context.wrap_socket(plain, server_side=True) as wire:
                wire.settimeout(20)
                for answer in each:
                    asked = b""
                    while b"\r\n\r\n" not in asked:
                        asked += wire.recv(65536) or b"\r\n\r\n"
                    made.asked.append(asked)
                    wire.sendall(answer)
                made.silent.wait(silence)
            made.ended.set()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.silent.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(20)


def answer(body: bytes, *headers: str, status: int = 200) -> bytes:
    head = "".join(f"{one}\r\n" for one in headers)
    return f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + body


def sized(body: bytes, *headers: str) -> bytes:
    return answer(body, f"Content-Length: {len(body)}", *headers)


def chunked(*pieces: bytes) -> bytes:
    body = b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in (*pieces, b""))
    return answer(body, "Transfer-Encoding: chunked")


def test_answers_of_each_form_come_whole_over_one_connection() -> None:
    forms = [sized(LARGE), chunked(b"one", LARGE, b"three"), sized(b""), answer(b"", status=204)]
    with far([*forms, answer(LARGE)]) as made, made.client() as client:
        assert made.get(client) == LARGE
        assert made.get(client) == b"one" + LARGE + b"three"
        assert made.get(client) == b""
        with made.stream(client) as found:
            assert (found.status_code, found.http_version, found.reason_phrase) == (
                204,
                "HTTP/1.1",
                "Said",
            )
            assert b"".join(found.iter_raw()) == b""
        # To the end of the connection, which is its only length.
        assert made.get(client) == LARGE
    assert made.connections == 1
    assert made.asked[0].startswith(b"GET /a?b=1 HTTP/1.1\r\nHost: 127.0.0.1:")


def test_a_large_body_comes_in_few_pieces_and_at_once() -> None:
    with far([sized(LARGE)]) as made, made.client() as client, made.stream(client) as found:
        pieces = list(found.iter_raw())
    assert b"".join(pieces) == LARGE
    assert len(pieces) < 40
    assert max(map(len, pieces)) <= bulk.PIECE


def test_the_body_of_a_request_goes_along() -> None:
    with far([sized(b"ok")]) as made, made.client() as client:
        url = f"https://127.0.0.1:{made.port}/"
        told = client.post(url, content=b"asked", extensions={"sni_hostname": HOST})
        assert told.text == "ok"
    assert made.asked[0].endswith(b"\r\n\r\nasked")


@pytest.mark.parametrize(
    "first",
    [
        sized(b"one", "Connection: close"),
        answer(b"one"),
        sized(b"one") + b"and more",
        # A body that is not read to its end.
        sized(LARGE),
    ],
)
def test_a_connection_that_is_not_free_is_not_used_again(first: bytes) -> None:
    with far([first], [sized(b"two")]) as made, made.client() as client:
        with made.stream(client) as found:
            assert next(found.iter_raw())[:3] in {b"one", LARGE[:3]}
        assert made.get(client) == b"two"
    assert made.connections == 2


def test_a_kept_connection_that_its_server_has_ended_is_not_used() -> None:
    with far([sized(b"one")], [sized(b"two")]) as made, made.client() as client:
        assert made.get(client) == b"one"
        assert made.ended.wait(20)
        assert made.get(client) == b"two"


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (sized(LARGE)[:-1], httpx.RemoteProtocolError),
        (chunked(LARGE)[:-5], httpx.RemoteProtocolError),
        (answer(b"xyz\r\n", "Transfer-Encoding: chunked"), httpx.RemoteProtocolError),
        (answer(b"", "Content-Length: 1", "Content-Length: 2"), httpx.RemoteProtocolError),
        (answer(b"", "Content-Length: many"), httpx.RemoteProtocolError),
        (answer(b"", f"X: {'x' * 200_000}"), httpx.RemoteProtocolError),
        (b"nonsense\r\n\r\n", httpx.RemoteProtocolError),
        (b"", httpx.RemoteProtocolError),
        (b"HTTP/1.1 103 Early\r\n\r\n" * 20 + sized(b"late"), httpx.RemoteProtocolError),
        (b"HTTP/1.1 101 Other\r\nUpgrade: other\r\n\r\n", httpx.RemoteProtocolError),
    ],
)
def test_an_answer_that_is_none_is_an_error(said: bytes, error: type[httpx.TransportError]) -> None:
    with far([said]) as made, made.client() as client, pytest.raises(error):
        made.get(client)


def test_words_before_the_answer_are_passed_over() -> None:
    with far([b"HTTP/1.1 103 Early\r\n\r\n" + sized(b"it")]) as made, made.client() as client:
        assert made.get(client) == b"it"


def test_a_request_that_is_none_is_not_sent() -> None:
    with far() as made, made.client() as client, pytest.raises(httpx.UnsupportedProtocol):
        client.get(f"http://127.0.0.1:{made.port}/")
    with far([b""]) as made, made.client() as client, pytest.raises(httpx.LocalProtocolError):
        made.get(client, headers={"X": "a\nb"})


def test_a_server_of_another_name_is_not_asked() -> None:
    with far([sized(b"it")], [sized(b"it")]) as made, made.client() as client:
        with pytest.raises(httpx.ConnectError):
            made.get(client, extensions={"sni_hostname": "other.example"})
        with pytest.raises(httpx.ConnectError):
            # Without a name of its own, the address is the name.
            made.get(client, extensions={})
    # The greeting that failed was all that it got.
    assert not any(made.asked)


def test_nobody_there_is_told() -> None:
    with far() as made:
        pass
    with made.client() as client, pytest.raises(httpx.ConnectError):
        made.get(client)


@pytest.mark.parametrize("said", [b"", sized(LARGE)[:-1], chunked(LARGE)[:-5]])
def test_silence_ends_in_its_time(said: bytes) -> None:
    with far([said], silence=20) as made, made.client() as client, pytest.raises(httpx.ReadTimeout):
        made.get(client, timeout=httpx.Timeout(5, read=0.1))


def test_a_handshake_that_does_not_come_ends_in_its_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, far() as made:
        made.port = listener.getsockname()[1]
        with made.client() as client, pytest.raises(httpx.ConnectTimeout):
            made.get(client, timeout=httpx.Timeout(5, connect=0.1))


def test_a_request_that_nobody_reads_ends_in_its_time() -> None:
    given: dict[str, Any] = {
        "content": bytes(64 * 1024 * 1024),
        "extensions": {"sni_hostname": HOST},
        "timeout": httpx.Timeout(5, write=0.2),
    }
    with far([], silence=20) as made, made.client() as client, pytest.raises(httpx.WriteTimeout):
        client.post(f"https://127.0.0.1:{made.port}/", **given)


def test_a_connection_that_breaks_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Callable[..., object]) -> bytes:
        raise ConnectionResetError("reset")

    with far([sized(b"it")]) as made, made.client() as client:
        monkeypatch.setattr("functions.drimbox.tls._Socket.recv", broken)
        with pytest.raises(httpx.ReadError):
            made.get(client)
