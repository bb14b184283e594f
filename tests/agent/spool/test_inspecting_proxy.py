"""A real proxy that inspects TLS (mitmproxy): declared it works, undeclared it gets nothing."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.spool.courier import Acknowledged, Away, Outcome
from agent.spool.https_courier import HttpsCourier, Route
from functions.drimbox.tls import tls_context
from tests.agent.spool.servers import RAW, Pki, ack
from tests.fakes.memory import VirtualClock

pytestmark = [
    pytest.mark.judge,
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("mitmdump"), reason="mitmproxy is not installed"),
]


@pytest.fixture
def site(tmp_path: Path) -> Pki:
    return Pki(tmp_path)


@pytest.fixture
def proxy(site: Pki, tmp_path: Path) -> Iterator[str]:
    """The proxy's address. It holds the agent's certificate, without which no server that demands
    one can be reached through an inspection."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            *("mitmdump", "--quiet", "--listen-host", "127.0.0.1", "--listen-port", str(port)),
            *("--set", f"confdir={tmp_path / 'mitm'}"),
            *("--set", f"ssl_verify_upstream_trusted_ca={site.ca}"),
            *("--set", f"client_certs={site.agent_file}"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + 30
        while True:
            assert time.monotonic() < end, "mitmproxy does not start"
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def carried(site: Pki, proxy: str, anchors: str) -> Outcome:
    with site.server() as server:
        route = Route(
            f"https://localhost:{server.port}/v1/tenants/demo/hl7v2",
            lambda: tls_context(anchors, site.agent),
            lambda: tls_context(anchors),
            proxy,
        )

        async def play() -> Outcome:
            one = HttpsCourier(route, VirtualClock())
            try:
                return await one.carry(RAW, "1", accepted_at=None, within=10)
            finally:
                await one.close()

        outcome = asyncio.run(play())
        assert (server.requests == 1) is isinstance(outcome, Acknowledged)
        return outcome


def test_an_undeclared_inspection_gets_nothing_and_is_told(site: Pki, proxy: str) -> None:
    assert carried(site, proxy, site.root) == Away("untrusted")


def test_a_declared_inspection_that_has_the_agents_certificate_works(
    site: Pki, proxy: str, tmp_path: Path
) -> None:
    authority = (tmp_path / "mitm" / "mitmproxy-ca-cert.pem").read_text()
    assert carried(site, proxy, site.root + authority) == Acknowledged("AA", ack())


def test_a_proxy_that_is_not_there_is_told(site: Pki) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert carried(site, f"http://127.0.0.1:{port}", site.root) == Away("unreachable")
