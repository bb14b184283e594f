"""functions.drimbox.peers.health_check: a short question without a token, and its answer."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator

import httpx
import pytest

from functions.drimbox.peers.health_check import check_health
from functions.drimbox.peers.source_address import SourceAddress
from functions.drimbox.peers.source_states import SourceState
from functions.drimbox.transport import open_client

SITE = SourceAddress("db1.901.example", 443, "/rs")
IP = "93.184.215.14"
WADL = "application/vnd.sun.wadl+xml"
Answer = Callable[[httpx.Request], httpx.Response]


def state(answer: Answer, address: SourceAddress = SITE, ip: str = IP) -> SourceState:
    with open_client(transport=httpx.MockTransport(answer)) as http:
        return check_health(http, address, ip)


def test_the_question_goes_to_the_judged_address_and_carries_nothing() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"status": "ready"})

    assert state(answer) is SourceState.READY
    assert state(answer, SourceAddress("db.example", 8443, ""), "2606:4700::1") is SourceState.READY
    first, second = asked
    assert (first.method, str(first.url)) == ("GET", f"https://{IP}/rs")
    assert first.extensions["sni_hostname"] == "db1.901.example"
    assert dict(first.headers) == {
        "host": "db1.901.example",
        "accept": "application/json",
        "accept-encoding": "identity",
        "connection": "close",
        "user-agent": "DRIMbox",
    }
    assert str(second.url) == "https://[2606:4700::1]:8443"
    assert second.headers["host"] == "db.example:8443"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (httpx.Response(200, json={"status": "UP"}), SourceState.READY),
        (httpx.Response(200, json={"status": "DOWN"}), SourceState.NOT_READY),
        (httpx.Response(200, json={"status": "not ready"}), SourceState.NOT_READY),
        (httpx.Response(200, json=["ready"]), SourceState.ODD),
        (httpx.Response(200, html="<h1>Bienvenue</h1>"), SourceState.ODD),
        (httpx.Response(200, content=b'{"status":"ready","status":"down"}'), SourceState.ODD),
        (httpx.Response(200, content=b" " * 20_000), SourceState.ODD),
        (
            httpx.Response(200, headers={"Content-Encoding": "x"}, content=b"{}"),
            SourceState.ODD,
        ),
        (httpx.Response(204), SourceState.ODD),
        (httpx.Response(301, headers={"Location": "https://10.0.0.1/"}), SourceState.ODD),
        (httpx.Response(307, headers={"Location": "https://evil.example/"}), SourceState.ODD),
        (httpx.Response(400), SourceState.ODD),
        (httpx.Response(401), SourceState.UNTOLD),
        (httpx.Response(404), SourceState.UNTOLD),
        (httpx.Response(429), SourceState.NOT_READY),
        (httpx.Response(500), SourceState.NOT_READY),
        (httpx.Response(503), SourceState.NOT_READY),
    ],
)
def test_each_answer_is_one_state(answer: httpx.Response, expected: SourceState) -> None:
    assert state(lambda _: answer) is expected


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"error": "x"},
        {"status": False},
        {"status": None},
        {"status": "degraded"},
        {"status": "not"},
        {"status": {"code": "DOWN"}},
        {"status": ["ready"]},
    ],
)
def test_a_word_that_nobody_knows_makes_no_site_ready(facts: dict[str, object]) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(200, json=facts)

    assert state(answer) is SourceState.UNTOLD
    # It answered the question: its capabilities would tell no more.
    assert asked == ["GET"]


@pytest.mark.parametrize("word", ["ready", "UP", "ok", "pass", "healthy", " Up "])
def test_the_words_that_mean_yes_are_a_closed_list(word: str) -> None:
    assert state(lambda _: httpx.Response(200, json={"status": word})) is SourceState.READY
    assert state(lambda _: httpx.Response(200, json={"status": f"un{word}"})) is SourceState.UNTOLD


@pytest.mark.parametrize("status", [401, 403, 404, 405, 406, 501])
def test_these_codes_lead_to_the_capabilities(status: int) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(status)
        return httpx.Response(200, headers={"Content-Type": WADL}, content=b"<application/>")

    assert state(answer) is SourceState.READY


@pytest.mark.parametrize("kind", ["text/html", "application/json", "", f"x{WADL}"])
def test_capabilities_of_another_form_tell_nothing(kind: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(404)
        return httpx.Response(200, headers={"Content-Type": kind}, content=b"<html/>")

    assert state(answer) is SourceState.UNTOLD


def test_no_redirect_is_followed() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"Location": "https://169.254.169.254/latest"})

    assert state(answer) is SourceState.ODD
    assert asked == [f"https://{IP}/rs"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, SourceState.READY),
        (404, SourceState.UNTOLD),
        (503, SourceState.NOT_READY),
        (302, SourceState.ODD),
    ],
)
def test_a_site_without_the_health_check_is_asked_for_its_capabilities(
    status: int, expected: SourceState
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(405)
        assert (request.method, str(request.url)) == ("OPTIONS", f"https://{IP}/rs/studies")
        kind = f"{WADL}; charset=utf-8"
        return httpx.Response(status, headers={"Content-Type": kind}, content=b"<application/>")

    assert state(answer) is expected


def raising(error: Exception) -> Answer:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    return answer


def untrusted() -> Exception:
    """As httpx raises it: the cause is that of the socket."""
    error = httpx.ConnectError("certificate verify failed")
    error.__cause__ = ssl.SSLCertVerificationError("hostname mismatch")
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (httpx.ConnectTimeout("late"), SourceState.SILENT),
        (httpx.ReadTimeout("late"), SourceState.SILENT),
        (httpx.ConnectError("refused"), SourceState.SILENT),
        (httpx.ReadError("cut"), SourceState.SILENT),
        (untrusted(), SourceState.ODD),
        (httpx.RemoteProtocolError("not HTTP"), SourceState.ODD),
    ],
)
def test_a_failure_is_a_state_too(error: Exception, expected: SourceState) -> None:
    assert state(raising(error)) is expected


def test_an_endless_answer_is_not_read_to_its_end() -> None:
    class Endless(httpx.SyncByteStream):
        given = 0

        def __iter__(self) -> Iterator[bytes]:
            while True:
                self.given += 1024
                yield bytes(1024)

    body = Endless()
    assert state(lambda _: httpx.Response(200, stream=body)) is SourceState.ODD
    assert body.given <= 18 * 1024
