"""The status server: this machine alone, whatever a browser is made to ask."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from agent.status.board import describe
from agent.status.server import StatusServer
from tests.agent.status.scenes import State


def facts() -> dict[str, Any]:
    return describe(State().snapshot())


@contextmanager
def served(read: Any = facts) -> Iterator[str]:
    server = StatusServer(0, read)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.stop()


def test_the_page_and_its_json() -> None:
    with served() as base:
        told = httpx.get(f"{base}/status.json")
        page = httpx.get(f"{base}/", headers={"Accept-Language": "en"})
    assert told.json() == json.loads(json.dumps(facts()))
    assert told.headers["content-type"] == "application/json"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Everything works." in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for answer in (told, page):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["server"].strip() == "drimbox-agent"


def test_french_comes_first() -> None:
    with served() as base:
        assert "Tout fonctionne." in httpx.get(f"{base}/").text


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "", "10.0.0.1"])
def test_another_host_name_is_refused(host: str) -> None:
    with served() as base:
        answer = httpx.get(f"{base}/status.json", headers={"Host": host})
    assert (answer.status_code, answer.content) == (421, b"")


@pytest.mark.parametrize("host", ["localhost", "localhost:99", "127.0.0.1"])
def test_its_own_names_are_taken(host: str) -> None:
    with served() as base:
        assert httpx.get(f"{base}/status.json", headers={"Host": host}).status_code == 200


def test_nothing_else_is_there() -> None:
    with served() as base:
        assert httpx.get(f"{base}/other").status_code == 404
        assert httpx.post(f"{base}/").status_code == 501


def test_it_listens_on_this_machine_alone() -> None:
    with served() as base:
        port = httpx.URL(base).port
        assert port is not None
        with (
            pytest.raises(OSError, match=r"refused|unreachable"),
            socket.create_connection(("127.0.0.2", port), 2),
        ):
            pass


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        StatusServer(taken.getsockname()[1], facts)


def test_facts_that_fail_write_nothing_of_themselves(capfd: pytest.CaptureFixture[str]) -> None:
    def fails() -> dict[str, Any]:
        raise TimeoutError("the loop is busy")

    with served(fails) as base, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{base}/status.json")
    assert capfd.readouterr().err == ""
