"""The way to the cloud, good and bad."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Thread
from typing import Any

import httpx
import pytest

from agent.check.cloud import cause_of, try_cloud, try_host
from agent.check.finding import Finding
from agent.cloud.door import Door, open_client
from agent.cloud.lending import Lending
from agent.work.ports import Health
from tests.agent.cloud.samples import LOAN
from tests.fakes.memory import VirtualClock

NOW = datetime(2026, 11, 30, 6, 0, 2, tzinfo=UTC)
IN = "https://in.example"


def findings(answer: Any, *, clock: VirtualClock | None = None) -> list[Finding]:
    clock = clock or VirtualClock(NOW)
    client = httpx.Client(transport=httpx.MockTransport(answer))
    lending = Lending(Door(client, f"{IN}/v1/tenants/demo/agents"), clock, "1.0.0")
    health = Health(NOW, pacs=None, messages=0, oldest_at=None, disk_free_bytes=1)
    return list(try_cloud(client, IN, lending, lambda: health, clock))


def good(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("/loan"):
        return httpx.Response(200, json=LOAN)
    return httpx.Response(403)


def test_every_name_that_the_site_must_allow_is_listed() -> None:
    assert findings(good) == [
        Finding("host_reached", "in.example"),
        Finding("agent_known"),
        Finding("clock_right", detail="+0 s"),
        Finding("host_reached", "sqs.example"),
        Finding("host_reached", "s3.example"),
    ]


def test_a_site_that_imports_allows_one_name_more() -> None:
    def imports(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/loan"):
            return httpx.Response(200, json={**LOAN, "outgoing": {"url": "https://r.example"}})
        return good(request)

    assert findings(imports) == [*findings(good), Finding("host_reached", "r.example")]


@pytest.mark.parametrize("minutes", [10, -10])
def test_a_wrong_clock_is_told(minutes: int) -> None:
    found = findings(good, clock=VirtualClock(NOW + timedelta(minutes=minutes)))
    assert Finding("clock_wrong", detail=f"{minutes * 60:+d} s") in found


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "agent_unknown"), (403, "agent_unknown"), (426, "agent_outdated"), (503, "beat_fails")],
)
def test_a_cloud_that_does_not_serve_us_ends_the_trial(status: int, code: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status if request.method == "POST" else 403)

    assert [one.code for one in findings(answer)] == ["host_reached", code]


def test_a_loan_without_rights_is_told() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={**LOAN, "credentials": None})

    assert findings(answer)[-1].code == "beat_fails"


def test_a_host_that_is_not_reached_ends_the_trial() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no")

    assert findings(answer) == [Finding("host_unreachable", "in.example", "ConnectError")]


def chained(*errors: BaseException) -> BaseException:
    """The first error, caused by the second, and so on."""
    for one, cause in pairwise(errors):
        one.__cause__ = cause
    return errors[0]


def verification(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "failed")
    error.verify_code = code
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (chained(httpx.ConnectError("x"), socket.gaierror(-2, "x")), "name_unknown"),
        (httpx.ProxyError("x"), "proxy_refuses"),
        (chained(httpx.ConnectError("x"), verification(20)), "proxy_inspects"),
        (chained(httpx.ConnectError("x"), verification(10)), "certificate_dates"),
        (chained(httpx.ConnectError("x"), verification(9)), "certificate_dates"),
        (chained(httpx.ConnectError("x"), ssl.SSLError(1, "x")), "tls_fails"),
        (httpx.ConnectTimeout("x"), "host_silent"),
        (chained(httpx.ConnectError("x"), ConnectionRefusedError()), "host_unreachable"),
        (httpx.ReadError("x"), "host_unreachable"),
    ],
)
def test_a_failed_request_has_its_cause(error: BaseException, code: str) -> None:
    assert cause_of(error) == code


def test_real_failures_have_their_causes() -> None:
    with open_client(ssl.create_default_context(), None) as client:
        assert try_host(client, "https://agent.invalid").code == "name_unknown"
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]

            def nonsense() -> None:
                connection, _ = server.accept()
                with connection:
                    connection.sendall(b"HTTP/1.1 400 no TLS here\r\n\r\n")

            thread = Thread(target=nonsense)
            thread.start()
            assert try_host(client, f"https://127.0.0.1:{port}").code == "tls_fails"
            thread.join()
        assert try_host(client, f"https://127.0.0.1:{port}").code == "host_unreachable"
    with open_client(
        ssl.create_default_context(), httpx.Proxy(f"http://127.0.0.1:{port}")
    ) as client:
        assert not try_host(client, "https://in.example").is_good
