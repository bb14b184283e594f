"""Size and time of an answer are bounded, and no redirect is followed."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from functions.drimbox.transport import TooManyBytes, bounded_body, open_client


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


def test_a_client_follows_no_redirect() -> None:
    answer = httpx.Response(307, headers={"location": "https://evil.example/"})
    client = open_client(transport=httpx.MockTransport(lambda _: answer))
    with client:
        assert client.get("https://x").status_code == 307
