"""One exchange: its one write, and the reading of heads."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import BadStatusLine, HTTPConnection, HTTPException, LineTooLong, UnknownProtocol

import pytest

from functions.aws.http_exchange import Answer, Headers, exchange


@contextmanager
def pair() -> Iterator[tuple[HTTPConnection, socket.socket]]:
    """A connection that is open, and the other end of it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(5)
        theirs.settimeout(5)
        connection = HTTPConnection("host")
        connection.sock = ours
        yield connection, theirs
        connection.close()


def answered(said: bytes, method: str = "GET") -> Answer:
    """The answer to a request, with its body read."""
    with pair() as (connection, theirs):
        theirs.sendall(said)
        theirs.shutdown(socket.SHUT_WR)
        return exchange(connection, method, "/", {}, b"")


def body_of(said: bytes, method: str = "GET") -> bytes:
    with pair() as (connection, theirs):
        theirs.sendall(said)
        theirs.shutdown(socket.SHUT_WR)
        return exchange(connection, method, "/", {}, b"").read()


def test_a_request_is_one_head_and_its_body() -> None:
    with pair() as (connection, theirs):
        theirs.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        answer = exchange(connection, "PUT", "/k?x=1", {"Host": "h", "X-Name": b"\xc3\xa9"}, b"abc")
        assert theirs.recv(1000) == (
            b"PUT /k?x=1 HTTP/1.1\r\nHost: h\r\nX-Name: \xc3\xa9\r\n\r\nabc"
        )
        assert (answer.status, answer.reason, answer.version) == (200, "OK", 11)
        assert connection.sock is not None


@pytest.mark.parametrize("ends", ["a\r\nX: b", "a\nb", "a\rb"])
@pytest.mark.parametrize("where", ["target", "name", "value"])
def test_no_part_of_a_head_ends_its_line(ends: str, where: str) -> None:
    target, name, value = (ends if where == part else "x" for part in ("target", "name", "value"))
    with pair() as (connection, theirs):
        with pytest.raises(ValueError, match="line's end"):
            exchange(connection, "GET", target, {name: value}, b"")
        theirs.setblocking(False)
        with pytest.raises(BlockingIOError):
            theirs.recv(1)


def test_headers_are_found_in_any_case_and_those_of_one_name_are_one() -> None:
    answer = answered(
        b'HTTP/1.1 200 OK\r\nETag:  "a" \r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 0\r\n\r\n'
    )
    headers = answer.headers
    assert dict(headers.items()) == {"etag": '"a"', "x-a": "1, 2", "content-length": "0"}
    assert (headers["ETag"], headers.get("ETAG"), headers.get("None", "-")) == ('"a"', '"a"', "-")
    assert "Etag" in headers
    assert "None" not in headers


def test_headers_are_asked_for_by_names_alone() -> None:
    asked: object = 1
    assert asked not in Headers({"1": "one"})


@pytest.mark.parametrize(
    ("said", "method", "body", "closes"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", "GET", b"abc", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "HEAD", b"", False),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "GET", b"", False),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", "GET", b"", False),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "GET",
            b"abc",
            False,
        ),
        (b"HTTP/1.1 200 OK\r\n\r\nabc", "GET", b"abc", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc", "GET", b"abc", True),
        (
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc",
            "GET",
            b"abc",
            True,
        ),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", "GET", b"abc", True),
        (
            b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
            "GET",
            b"a",
            False,
        ),
    ],
)
def test_a_body_ends_where_its_head_says(
    said: bytes, method: str, body: bytes, closes: bool
) -> None:
    assert body_of(said, method) == body
    assert answered(said, method).will_close is closes


def test_the_last_answer_of_a_connection_closes_it() -> None:
    with pair() as (connection, theirs):
        theirs.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc")
        answer = exchange(connection, "GET", "/", {}, b"")
        assert connection.sock is None
        assert answer.read() == b"abc"


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"", BadStatusLine),
        (b"SSH-2.0\r\n\r\n", BadStatusLine),
        (b"HTTP/2 200 OK\r\n\r\n", UnknownProtocol),
        (b"HTTP/1.1 200 OK\r\nno header\r\n\r\n", HTTPException),
        (b"HTTP/1.1 200 OK\r\nX: a\r\n folded\r\n\r\n", HTTPException),
        (b"HTTP/1.1 200 OK\r\nX : a\r\n\r\n", HTTPException),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", LineTooLong),
        (b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 101 + b"\r\n", HTTPException),
    ],
)
def test_a_head_that_is_none_is_refused(said: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        answered(said)


def test_as_many_headers_as_may_be_are_read() -> None:
    assert answered(b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 100 + b"\r\n").status == 200
