"""The courier: the RIS's own route, answers judged, and every failure told by its cause."""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from agent.spool.courier import Acknowledged, Away, Outcome, Refused
from agent.spool.https_courier import KEPT, MAX_ANSWER, HttpsCourier, Route, cause_of
from functions.drimbox.report.hl7 import MAX_DIRECT_BYTES
from functions.drimbox.tls import tls_context
from functions.drimbox.wording.agent import CLOUD
from simulators import pki
from tests.agent.spool.servers import RAW, Pki, ack
from tests.fakes.memory import VirtualClock

AT = datetime(2026, 11, 30, 5, 40, tzinfo=UTC)
BASE = "https://in.example/v1/tenants/demo/hl7v2"


def no_context() -> ssl.SSLContext:
    return ssl.create_default_context()


def courier(
    handle: Callable[[httpx.Request], httpx.Response], clock: VirtualClock | None = None
) -> HttpsCourier:
    return HttpsCourier(
        Route(BASE, no_context, no_context),
        clock or VirtualClock(),
        transport=httpx.MockTransport(handle),
    )


def carried(
    handle: Callable[[httpx.Request], httpx.Response],
    raw: bytes = RAW,
    accepted_at: datetime | None = None,
    within: float = 5.0,
) -> Outcome:
    async def play() -> Outcome:
        one = courier(handle)
        try:
            return await one.carry(raw, "1", accepted_at=accepted_at, within=within)
        finally:
            await one.close()

    return asyncio.run(play())


@pytest.mark.parametrize("accepted_at", [None, AT])
def test_a_message_goes_as_a_ris_sends_it_with_the_time_of_the_sites_answer(
    accepted_at: datetime | None,
) -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=ack())

    assert carried(handle, accepted_at=accepted_at) == Acknowledged("AA", ack())
    (request,) = seen
    assert (request.method, str(request.url), request.content) == ("POST", BASE, RAW)
    assert request.headers["content-type"] == "application/hl7-v2"
    claim = "2026-11-30T05:40:00+00:00" if accepted_at else None
    assert request.headers.get("accepted-at") == claim


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (httpx.Response(200, content=ack("AE")), Acknowledged("AE", ack("AE"))),
        (httpx.Response(200, content=ack("AR")), Acknowledged("AR", ack("AR"))),
        (httpx.Response(200, content=ack("CA")), Away("unusable_answer")),
        (httpx.Response(200, content=ack(control_id="2")), Away("unusable_answer")),
        (httpx.Response(200, content=b"<html>portal</html>"), Away("unusable_answer")),
        (httpx.Response(200, content=b"MSH|^~\\&|D\rPID|1\r"), Away("unusable_answer")),
        (httpx.Response(200, content=bytes(MAX_ANSWER + 1)), Away("unusable_answer")),
        (httpx.Response(302, headers={"location": "/"}), Away("unusable_answer")),
        (httpx.Response(204), Away("unusable_answer")),
        (httpx.Response(500), Away("server")),
        (httpx.Response(503, headers={"retry-after": "7"}), Away("server", 7.0)),
        (httpx.Response(429, headers={"retry-after": "soon"}), Away("server", 0.0)),
        (httpx.Response(401), Refused(401, everything=True)),
        (httpx.Response(403), Refused(403, everything=True)),
        (httpx.Response(404), Refused(404, everything=True)),
        (httpx.Response(400), Refused(400, everything=False)),
        (httpx.Response(413), Refused(413, everything=False)),
    ],
)
def test_an_answer_is_judged_before_it_is_believed(
    answer: httpx.Response, outcome: Outcome
) -> None:
    assert carried(lambda _request: answer) == outcome
    if isinstance(outcome, Away):
        assert outcome.cause in CLOUD


class Uploads:
    """The cloud's three requests for a large message."""

    def __init__(self, raw: bytes, *, waits: int = 1) -> None:
        self.raw = raw
        self.waits = waits
        self.announced = httpx.Response(
            201,
            json={
                "url": "https://store.example/one?signed",
                "headers": {"x-amz-checksum-sha256": "sum"},
                "acknowledgement": "/v1/tenants/demo/hl7v2/uploads/one",
            },
        )
        self.put = httpx.Response(200)
        self.asked: list[str] = []
        self.facts: dict[str, object] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url}")
        if request.method == "POST":
            self.facts = json.loads(request.content)
            return self.announced
        if request.method == "PUT":
            assert request.content == self.raw
            assert request.headers["x-amz-checksum-sha256"] == "sum"
            return self.put
        self.waits -= 1
        return httpx.Response(202 if self.waits >= 0 else 200, content=ack())


LARGE = RAW + b"x" * MAX_DIRECT_BYTES


def test_a_large_message_is_announced_put_and_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.spool.https_courier._ASK_AGAIN", 0.0)
    uploads = Uploads(LARGE)
    assert carried(uploads, LARGE, AT) == Acknowledged("AA", ack())
    path = "GET https://in.example/v1/tenants/demo/hl7v2/uploads/one"
    assert uploads.asked == [
        f"POST {BASE}/uploads",
        "PUT https://store.example/one?signed",
        *[path] * 2,
    ]
    assert uploads.facts == {
        "size": len(LARGE),
        "sha256": hashlib.sha256(LARGE).hexdigest(),
        "accepted_at": AT.isoformat(),
    }


def test_a_large_message_that_the_site_has_not_answered_claims_nothing() -> None:
    uploads = Uploads(LARGE, waits=0)
    assert carried(uploads, LARGE) == Acknowledged("AA", ack())
    assert set(uploads.facts) == {"size", "sha256"}


@pytest.mark.parametrize(
    ("announced", "outcome"),
    [
        (httpx.Response(404), Refused(404, everything=True)),
        (httpx.Response(503), Away("server")),
        (httpx.Response(201, content=b"no json"), Away("unusable_answer")),
        (httpx.Response(201, json=[]), Away("unusable_answer")),
        (httpx.Response(201, json={"url": "https://s/"}), Away("unusable_answer")),
        (
            httpx.Response(201, json={"url": "http://s/", "headers": {}, "acknowledgement": "/a"}),
            Away("unusable_answer"),
        ),
        (
            httpx.Response(
                201, json={"url": "https://s/", "headers": {}, "acknowledgement": "//a"}
            ),
            Away("unusable_answer"),
        ),
        (
            httpx.Response(201, json={"url": "https://[/", "headers": {}, "acknowledgement": "/a"}),
            Away("unusable_answer"),
        ),
    ],
)
def test_an_announcement_that_is_refused_or_unusable_ends_there(
    announced: httpx.Response, outcome: Outcome
) -> None:
    uploads = Uploads(LARGE)
    uploads.announced = announced
    assert carried(uploads, LARGE) == outcome
    assert len(uploads.asked) == 1


def test_a_store_that_takes_nothing_is_told() -> None:
    uploads = Uploads(LARGE)
    uploads.put = httpx.Response(403)
    assert carried(uploads, LARGE) == Away("store")


def test_an_answer_that_does_not_come_in_time_is_away() -> None:
    async def play() -> Outcome:
        async def handle(_request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(5)
            return httpx.Response(200)

        one = HttpsCourier(
            Route(BASE, no_context, no_context),
            VirtualClock(),
            transport=httpx.MockTransport(handle),
        )
        return await one.carry(RAW, "1", accepted_at=None, within=0.05)

    assert asyncio.run(play()) == Away("timeout")


def chained(*errors: BaseException) -> BaseException:
    """Errors, each raised from the next one."""
    for outer, inner in pairwise(errors):
        outer.__cause__ = inner
    return errors[0]


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (chained(httpx.ConnectError(""), ssl.SSLCertVerificationError("self-signed")), "untrusted"),
        (chained(httpx.ConnectError(""), OSError(), socket.gaierror("unknown")), "name"),
        (httpx.ProxyError("403"), "proxy"),
        (chained(httpx.ReadError(""), ssl.SSLError("alert")), "tls"),
        (httpx.ConnectTimeout(""), "timeout"),
        (chained(httpx.ConnectError(""), ConnectionRefusedError()), "unreachable"),
        (httpx.RemoteProtocolError("closed"), "broken"),
        (OSError("reset"), "broken"),
    ],
)
def test_every_failure_has_its_cause_in_words(error: BaseException, cause: str) -> None:
    assert cause_of(error) == cause
    assert cause in CLOUD

    def handle(_request: httpx.Request) -> httpx.Response:
        raise error

    assert carried(handle) == Away(cause)


def test_a_key_that_cannot_be_read_is_a_failure_of_tls() -> None:
    def unreadable() -> ssl.SSLContext:
        raise ssl.SSLError("bad key")

    one = HttpsCourier(Route(BASE, unreadable, no_context), VirtualClock())
    assert asyncio.run(one.carry(RAW, "1", accepted_at=None, within=1)) == Away("tls")


def test_the_clouds_clock_is_compared_with_ours() -> None:
    clock = VirtualClock(AT)
    dates = iter(["Mon, 30 Nov 2026 05:50:00 GMT", "nonsense", "Mon, 30 Nov 2026 05:50:00 -0000"])
    one = courier(
        lambda _request: httpx.Response(200, content=ack(), headers={"date": next(dates)}), clock
    )
    assert one.difference is None
    for _ in range(3):
        asyncio.run(one.carry(RAW, "1", accepted_at=None, within=1))
        assert one.difference == timedelta(minutes=10)


def test_clients_are_opened_again_after_an_hour_and_after_a_failure() -> None:
    opened: list[int] = []
    clock = VirtualClock()
    fails = [False]

    def context() -> ssl.SSLContext:
        opened.append(1)
        return ssl.create_default_context()

    def handle(_request: httpx.Request) -> httpx.Response:
        if fails[0]:
            raise httpx.ReadError("reset")
        return httpx.Response(200, content=ack())

    one = HttpsCourier(
        Route(BASE, context, no_context), clock, transport=httpx.MockTransport(handle)
    )

    async def play() -> None:
        async def send() -> None:
            await one.carry(RAW, "1", accepted_at=None, within=1)

        await send()
        await asyncio.gather(send(), send())
        assert len(opened) == 1
        clock.advance(KEPT + timedelta(seconds=1))
        await asyncio.gather(send(), send())
        assert len(opened) == 2
        fails[0] = True
        await send()
        fails[0] = False
        await send()
        assert len(opened) == 3
        await one.close()
        await one.close()

    asyncio.run(play())


@pytest.mark.parametrize(
    ("trusted", "known", "outcomes"),
    [
        (True, True, (Acknowledged("AA", ack()),)),
        (False, True, (Away("untrusted"),)),
        # The server refuses after our side of the handshake (TLS 1.3): the end of its connection
        # may overtake the alert.
        (True, False, (Away("tls"), Away("broken"))),
    ],
)
def test_over_tls_both_sides_are_known_or_nothing_is_sent(
    tmp_path: Path, trusted: bool, known: bool, outcomes: tuple[Outcome, ...]
) -> None:
    own = Pki(tmp_path)
    anchors = own.root if trusted else pki.Authority.create(datetime.now(UTC)).root.certificate_pem
    with own.server() as server:
        route = Route(
            f"https://127.0.0.1:{server.port}/v1/tenants/demo/hl7v2",
            lambda: tls_context(anchors, own.agent if known else None),
            lambda: tls_context(anchors),
        )

        async def play() -> Outcome:
            one = HttpsCourier(route, VirtualClock())
            try:
                return await one.carry(RAW, "1", accepted_at=None, within=5)
            finally:
                await one.close()

        assert asyncio.run(play()) in outcomes
        assert server.requests == (trusted and known)


def test_nobody_there_and_no_such_name_are_told_apart() -> None:
    async def play(host: str) -> Outcome:
        one = HttpsCourier(Route(f"https://{host}/", no_context, no_context), VirtualClock())
        return await one.carry(RAW, "1", accepted_at=None, within=20)

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert asyncio.run(play(f"127.0.0.1:{port}")) == Away("unreachable")
    assert asyncio.run(play("absent.invalid")) == Away("name")
