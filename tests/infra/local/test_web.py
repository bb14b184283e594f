"""The endpoint's HTTP server: framing of bodies, limits, files, and signatures of any bytes."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from infra.local.aws.signature import SignatureError, Verifier
from infra.local.aws.web import (
    Body,
    BodyError,
    FileSlice,
    Request,
    Response,
    WebServer,
    headers_of,
)
from infra.local.s3.errors import S3Error
from infra.local.s3.xml import read_deletions, read_parts


def _echo(request: Request) -> Response:
    if request.path == "/unread":
        return Response(403)
    if request.path == "/file":
        file = Path(__file__).open("rb")  # noqa: SIM115 - the server closes it
        return Response(200, (), FileSlice(file, 3, 10))
    return Response(200, (("X-Target", request.target),), request.body.read(1000))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The base URL of a server that answers what it is sent."""
    server = WebServer(0, _echo)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    server.server_close()


def test_bodies_and_targets(url: str) -> None:
    with httpx.Client() as http:
        answer = http.post(f"{url}/a%2Fb?x=%41", content=b"body")
        assert (answer.content, answer.headers["X-Target"]) == (b"body", "/a%2Fb?x=%41")
        answer = http.post(url, content=iter([b"one", b"two"]))
        assert answer.content == b"onetwo"
        assert http.post(url, content=b"x" * 1001).status_code == 400
        assert http.post(f"{url}/unread", content=b"x" * 100_000).status_code == 403
        assert http.get(url).content == b""
        assert http.head(f"{url}/file").headers["Content-Length"] == "10"
        assert http.get(f"{url}/file").content == Path(__file__).read_bytes()[3:13]


def _raw(url: str, data: bytes) -> bytes:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while block := connection.recv(65536):
            received += block
    return received


@pytest.mark.parametrize(
    "request_",
    [
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"nonsense\r\n\r\n",
    ],
)
def test_broken_requests(url: str, request_: bytes) -> None:
    assert b" 400 " in _raw(url, request_).split(b"\r\n")[0]


def test_client_waiting_to_continue_is_told_at_once(url: str) -> None:
    request = b"POST / HTTP/1.1\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\nx"
    assert _raw(url, request).startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")


@given(st.lists(st.binary(min_size=1, max_size=50)), st.booleans())
def test_chunks_are_joined(chunks: list[bytes], trailer: bool) -> None:
    framed = b"".join(b"%x;ext\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    framed += b"0\r\n" + (b"name: value\r\n" if trailer else b"") + b"\r\nnext"
    source = io.BytesIO(framed)
    assert Body(source, None).read(10_000) == b"".join(chunks)
    assert source.read() == b"next"


@given(st.binary(max_size=200), st.none() | st.integers(0, 300))
def test_any_bytes_are_a_body_or_refused(data: bytes, length: int | None) -> None:
    try:
        content = Body(io.BytesIO(data), length).read(100)
    except BodyError:
        return
    assert len(content) <= 100


VERIFIER = Verifier("KEY", "secret", lambda: datetime(2024, 1, 1, tzinfo=UTC))


@given(st.text(), st.text())
def test_any_authorization_is_refused(target: str, authorization: str) -> None:
    headers = {"Host": "x", "Authorization": authorization, "X-Amz-Date": "20240101T000000Z"}
    request = Request("GET", "/" + target, headers_of(headers), Body(io.BytesIO(), 0))
    with pytest.raises(SignatureError):
        VERIFIER.verify(request)


_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "X-Amz-Algorithm": st.sampled_from(["AWS4-HMAC-SHA256", "x"]),
        "X-Amz-Credential": st.sampled_from(["KEY/20240101/r/s3/aws4_request", "x", "KEY/////"]),
        "X-Amz-Date": st.sampled_from(["20240101T000000Z", "20241301T000000Z", "x"]),
        "X-Amz-Expires": st.sampled_from(["60", "0", "x", "٣", "999999999"]),
        "X-Amz-SignedHeaders": st.sampled_from(["host", "", "x"]),
        "X-Amz-Signature": st.text(),
    },
)


@given(_FIELDS)
@example(
    {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Signature": "\x80",
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Expires": "60",
        "X-Amz-Date": "20240101T000000Z",
        "X-Amz-Credential": "KEY/20240101/r/s3/aws4_request",
    }
)
def test_any_query_authentication_is_refused(fields: dict[str, str]) -> None:
    target = "/b/k?" + str(httpx.QueryParams(fields))
    request = Request("GET", target, headers_of({"Host": "x"}), Body(io.BytesIO(), 0))
    with pytest.raises(SignatureError):
        VERIFIER.verify(request)


@given(st.binary() | st.text().map(lambda text: f"<Delete>{text}</Delete>".encode()))
def test_any_document_is_read_or_refused(data: bytes) -> None:
    for read in (read_deletions, read_parts):
        try:
            found: object = read(data)
        except S3Error as error:
            found = error.code
        assert found == "MalformedXML" or not isinstance(found, str)
