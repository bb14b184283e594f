"""``make replay``: only an id is sent, and every answer is a sentence or the service's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.demo import __main__ as demo
from infra.demo.layout import Layout

ID = "0123456789abcdef" * 2


@pytest.fixture
def endpoints(tmp_path: Path) -> dict[str, Any]:
    return Layout.read({"DRIMBOX_HOME": str(tmp_path)}).endpoints()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The URLs that were asked; the host answers 202 to ``ID`` and 404 to any other."""
    urls: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        urls.append(f"{request.method} {request.url}")
        known = f"/{ID}/" in request.url.path
        return httpx.Response(202 if known else 404, text='{"replay": 1}' if known else "{}")

    def client(_: dict[str, Any], *, identity: str) -> httpx.Client:
        assert identity == "operator"
        return httpx.Client(transport=httpx.MockTransport(answer))

    monkeypatch.setattr(demo, "client", client)
    return urls


def test_a_held_one_is_replayed(
    tmp_path: Path,
    asked: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DRIMBOX_HOME", str(tmp_path))
    monkeypatch.setenv("ID", ID)
    assert demo.main(["replay"]) == 0
    assert capsys.readouterr().out == '{"replay": 1}\n'
    assert asked == [
        f"POST https://127.0.0.1:8441/v1/tenants/demo/operations/publications/{ID}/replay"
    ]


def test_an_unknown_one_is_told_in_words(
    endpoints: dict[str, Any], asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert demo.replay(endpoints, "f" * 32) == 1
    said = capsys.readouterr().out
    assert said.startswith("no held publication has this id. ")
    # How to list them is a command to paste.
    assert f"curl -sS --cacert {endpoints['ca']} --cert {endpoints['operator_cert']}" in said
    assert "publications?state=held'" in said
    assert len(asked) == 1


@pytest.mark.parametrize("text", ["", "../../x y", "x", ID + "\n", ID.upper(), ID[1:], f"{ID}/.."])
def test_a_text_that_is_no_id_is_not_sent(
    endpoints: dict[str, Any], asked: list[str], capsys: pytest.CaptureFixture[str], text: str
) -> None:
    assert demo.replay(endpoints, text) == 1
    assert "32 hexadecimal digits" in capsys.readouterr().out
    assert asked == []
