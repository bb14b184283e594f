"""functions.drimbox.peers.download: bounded, from the declared hosts alone."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator

import httpx
import pytest

from functions.drimbox.peers.download import MAX_REVOCATIONS, HttpSource
from functions.drimbox.peers.faults import Fault
from functions.drimbox.peers.verification import MAX_BYTES
from functions.drimbox.transport import open_client
from tests.drimbox.peers.scenes import fault

LIST = "https://white-list.example/liste-blanche.xml"
CRLS = ("http://igc.example/a.crl", "http://igc.example/b.crl")
Answer = Callable[[httpx.Request], httpx.Response]


def source(answer: Answer) -> HttpSource:
    client = open_client(transport=httpx.MockTransport(answer))
    return HttpSource(client, LIST, CRLS)


def test_the_files_are_those_of_the_declared_addresses() -> None:
    asked: list[tuple[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((str(request.url), request.headers["accept-encoding"]))
        return httpx.Response(200, content=request.url.path.encode())

    found = source(answer)
    assert found.white_list() == b"/liste-blanche.xml"
    assert found.revocation_lists() == (b"/a.crl", b"/b.crl")
    assert asked == [(url, "identity") for url in (LIST, *CRLS)]


class Endless(httpx.SyncByteStream):
    """Bytes without an end; ``given`` counts them."""

    def __init__(self) -> None:
        self.given = 0

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.given += 65536
            yield bytes(65536)


@pytest.mark.parametrize("part", ["white_list", "revocation_lists"])
def test_no_more_is_read_than_a_list_may_have(part: str) -> None:
    body = Endless()
    found = source(lambda _: httpx.Response(200, stream=body))
    assert fault(getattr(found, part)) == Fault.TOO_LARGE
    limit = MAX_BYTES if part == "white_list" else MAX_REVOCATIONS
    assert body.given <= limit + 65536


def fail(error: Exception) -> Answer:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    return answer


def compressed(_: httpx.Request) -> httpx.Response:
    return httpx.Response(
        200, content=gzip.compress(bytes(1000)), headers={"Content-Encoding": "gzip"}
    )


@pytest.mark.parametrize("part", ["white_list", "revocation_lists"])
@pytest.mark.parametrize(
    "answer",
    [
        lambda _: httpx.Response(302, headers={"Location": "https://elsewhere.example/"}),
        lambda _: httpx.Response(304),
        lambda _: httpx.Response(206, content=b"x"),
        lambda _: httpx.Response(404),
        lambda _: httpx.Response(503, headers={"Retry-After": "5"}),
        compressed,
        fail(httpx.ConnectError("refused")),
        fail(httpx.ReadTimeout("slow")),
        fail(httpx.RemoteProtocolError("cut")),
        fail(httpx.DecodingError("wrong")),
    ],
)
def test_anything_but_the_whole_file_is_no_answer(part: str, answer: Answer) -> None:
    assert fault(getattr(source(answer), part)) == Fault.UNREACHABLE
