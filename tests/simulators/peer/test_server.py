"""The other sites: ready, and failing on demand."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from simulators.peer.__main__ import main
from simulators.peer.server import HEALTH, make_app


class Sites:
    """The server in this process, one request after the other."""

    def __init__(self, app: Starlette) -> None:
        self._app = app

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="https://x") as http:
                return await http.request(method, path, **options)

        return asyncio.run(once())

    def get(self, path: str) -> httpx.Response:
        return self.ask("GET", path)

    def put(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("PUT", path, **options)


@pytest.fixture
def sites() -> Sites:
    return Sites(make_app())


def test_every_site_is_ready_at_first(sites: Sites) -> None:
    answer = sites.get("/meridien/rs")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    assert sites.ask("OPTIONS", "/meridien/rs/studies").status_code == 200
    assert sites.get("/_sim/state").json()["asked"] == {"meridien": 2}
    assert sites.get("/meridien").status_code == 404


@pytest.mark.parametrize(
    ("health", "status"), [("not_ready", 503), ("redirect", 302), ("garbage", 200)]
)
def test_one_site_fails_and_comes_back(sites: Sites, health: str, status: int) -> None:
    assert sites.put("/_sim/sites/roches", json={"health": health}).status_code == 204
    assert sites.get("/roches/rs").status_code == status
    assert sites.get("/meridien/rs").json() == {"status": "ready"}
    assert sites.ask("DELETE", "/_sim/sites").status_code == 204
    assert sites.get("/roches/rs").json() == {"status": "ready"}


def test_a_silent_site_answers_late(sites: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulators.peer.server._SILENCE", 0.0)
    sites.put("/_sim/sites/roches", json={"health": "silent"})
    assert sites.get("/roches/rs").status_code == 504


@pytest.mark.parametrize(
    ("content", "status"),
    [
        *((b"{", 400), (b"[]", 400), (b'{"health": 1}', 400), (b'{"health": "x"}', 400)),
        (b" " * 2000, 413),
    ],
)
def test_a_wrong_wish_changes_nothing(sites: Sites, content: bytes, status: int) -> None:
    assert sites.put("/_sim/sites/roches", content=content).status_code == status
    assert sites.get("/_sim/state").json()["health"] == {}
    assert set(sites.get("/_sim/state").json()["kinds"]) == set(HEALTH)


def test_what_it_keeps_is_bounded(sites: Sites) -> None:
    answers = [
        sites.put(f"/_sim/sites/s{n}", json={"health": "ready"}).status_code for n in range(101)
    ]
    assert answers == [204] * 100 + [400]
    for n in range(101):
        sites.get(f"/s{n}/rs")
    assert len(sites.get("/_sim/state").json()["asked"]) == 100


def test_a_taken_port_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["--port", port, "--server-cert", "x", "--server-key", "y"]) == 1
    assert port in capsys.readouterr().err
