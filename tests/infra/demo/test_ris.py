"""The RIS of the demonstration sends as its site is linked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.demo import ris
from infra.demo.layout import Layout
from infra.demo.ris import NotAcknowledged, send

MESSAGE = b"MSH|^~\\&|A\rPID|\r"


@pytest.fixture
def behind_agent(tmp_path: Path) -> dict[str, Any]:
    return Layout.read({"DRIMBOX_HOME": str(tmp_path)}).endpoints()


@pytest.fixture
def public(tmp_path: Path) -> dict[str, Any]:
    return Layout.read({"DRIMBOX_HOME": str(tmp_path), "DRIMBOX_LINK": "public"}).endpoints()


def agent(ack: bytes) -> Iterator[int]:
    """A listener that answers one frame."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                assert connection.recv(1000) == b"\x0b" + MESSAGE + b"\x1c\r"
                connection.sendall(b"\x0b" + ack + b"\x1c\r")

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(30)


@pytest.mark.parametrize("code", ["AA", "AE", "AR"])
def test_a_site_behind_an_agent_is_spoken_to_over_mllp(
    behind_agent: dict[str, Any], code: str
) -> None:
    for port in agent(f"MSH|^~\\&|B\rMSA|{code}|1\r".encode()):
        endpoints = {**behind_agent, "mllp": f"mllp://127.0.0.1:{port}"}
        if code == "AA":
            assert send(endpoints, MESSAGE) == "MSH|^~\\&|B\nMSA|AA|1"
        else:
            with pytest.raises(NotAcknowledged, match=rf"MSA\|{code}"):
                send(endpoints, MESSAGE)


def test_an_agent_that_is_away_is_told(behind_agent: dict[str, Any]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        endpoints = {**behind_agent, "mllp": f"mllp://127.0.0.1:{taken.getsockname()[1]}"}
        with pytest.raises(NotAcknowledged, match=r"^MLLP: "):
            send(endpoints, MESSAGE)


@pytest.mark.parametrize(("status", "text"), [(200, "MSA|AA|1"), (404, "no tenant")])
def test_another_site_is_spoken_to_over_https(
    public: dict[str, Any], monkeypatch: pytest.MonkeyPatch, status: int, text: str
) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status, text=text)

    def client(_: dict[str, Any], *, identity: str) -> httpx.Client:
        assert identity == "ris"
        return httpx.Client(transport=httpx.MockTransport(answer))

    monkeypatch.setattr(ris, "client", client)
    if status == 200:
        assert send(public, MESSAGE) == text
    else:
        with pytest.raises(NotAcknowledged, match=r"^HTTP 404\nno tenant"):
            send(public, MESSAGE)
    [one] = asked
    assert str(one.url) == "https://127.0.0.1:8441/v1/tenants/demo/hl7v2"
    assert one.content == MESSAGE
