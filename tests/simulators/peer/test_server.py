"""The other sites: ready, and failing on demand."""

from __future__ import annotations

import asyncio
import socket
from email import message_from_bytes, policy
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pydicom
import pytest
import uvicorn
from starlette.applications import Starlette

from simulators.peer import __main__ as peer
from simulators.peer.images import Asked, made, written
from simulators.peer.plays import PLAYS
from simulators.peer.server import HEALTH, make_app, token_digest


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


IMAGES = "/marais/rs/studies/1.2.3/series/1.2.3.4"
TOKEN = {"Authorization": "Bearer a-token", "KOS-SOPInstanceUID": "1.2.9"}


def parts(answer: httpx.Response) -> list[pydicom.Dataset]:
    """The objects of an answer, by somebody else's reader of multipart bodies."""
    head = f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode()
    parsed = message_from_bytes(head + answer.content, policy=policy.HTTP)
    return [
        pydicom.dcmread(BytesIO(one.get_payload(decode=True)))  # type: ignore[arg-type]
        for one in parsed.iter_parts()
    ]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The images of one series, as files."""
    for item in made(Asked("1.2.3", "1.2.3.4")):
        path = tmp_path / "1.2.3" / "1.2.3.4" / f"{item.SOPInstanceUID}.dcm"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(item))
    return tmp_path


def test_a_site_that_is_well_asks_for_a_token_and_a_manifest_and_gives_what_it_has(
    files: Path,
) -> None:
    sites = Sites(make_app(files))
    assert sites.get(IMAGES).status_code == 401
    token = {"Authorization": "Bearer a-token"}
    assert sites.ask("GET", IMAGES, headers=token).status_code == 400
    assert sites.ask("GET", f"{IMAGES}.5", headers=TOKEN).status_code == 404
    assert sites.ask("GET", "/marais/rs/studies/x", headers=TOKEN).status_code == 404
    assert sites.ask("GET", f"{IMAGES}/bulk/1.2", headers=TOKEN).status_code == 404
    whole = parts(sites.ask("GET", IMAGES, headers=TOKEN))
    assert (
        len(whole)
        == len(parts(sites.ask("GET", IMAGES.partition("/series")[0], headers=TOKEN)))
        == 3
    )
    assert {one.SeriesInstanceUID for one in whole} == {"1.2.3.4"}
    one = f"{IMAGES}/instances/{whole[0].SOPInstanceUID}"
    assert parts(sites.ask("GET", one, headers=TOKEN)) == whole[:1]


def test_what_each_request_carried_is_told_and_a_token_is_never_kept(sites: Sites) -> None:
    sites.get("/marais/rs")
    sites.ask("GET", IMAGES, headers={**TOKEN, "X-Client-Subject": "CN=ours"})
    state = sites.get("/_sim/state")
    assert "a-token" not in state.text
    health, images = state.json()["requests"]
    assert (health["path"], health["authorization"]) == ("/marais/rs", "")
    assert (images["method"], images["path"], images["site"]) == ("GET", IMAGES, "marais")
    assert images["authorization"] == token_digest("a-token")
    assert images["certificate"] == "CN=ours"
    assert sites.ask("DELETE", "/_sim/requests").status_code == 204
    assert sites.get("/_sim/state").json()["requests"] == []


def played(sites: Sites, kind: str, **facts: int) -> httpx.Response:
    assert sites.put("/_sim/sites/marais", json={"images": kind, **facts}).status_code == 204
    return sites.ask("GET", IMAGES, headers=TOKEN)


@pytest.mark.parametrize(
    ("kind", "keyword", "value"),
    [
        ("other_patient", "PatientName", "AUTRE^PERSONNE"),
        ("other_study", "StudyInstanceUID", "2.25.1001"),
        ("other_series", "SeriesInstanceUID", "2.25.1002"),
        ("other_instance", "SOPInstanceUID", "2.25.1003"),
    ],
)
def test_another_patient_s_or_exam_s_images(
    sites: Sites, kind: str, keyword: str, value: str
) -> None:
    found = parts(played(sites, kind))
    assert {str(one[keyword].value) for one in found} == {value}
    assert len(found) == 3
    if keyword != "SOPInstanceUID":
        assert found[0].SOPInstanceUID == "1.2.3.4.1"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("not_found", 404),
        ("gone", 410),
        ("unauthorized", 401),
        ("forbidden", 403),
        ("redirect", 302),
    ],
)
def test_refusals(sites: Sites, kind: str, status: int) -> None:
    assert played(sites, kind).status_code == status


def test_a_site_that_cannot_answer_now_says_when(sites: Sites) -> None:
    answer = played(sites, "unavailable", seconds=7)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")


def test_bodies_that_are_not_what_they_say(sites: Sites) -> None:
    good = played(sites, "good")
    assert len(parts(good)) == 3
    assert len(parts(played(sites, "missing"))) == 2
    half = played(sites, "half")
    assert half.status_code == 200
    assert good.content.startswith(half.content)
    assert len(half.content) < len(good.content)
    assert "another-boundary" in played(sites, "boundary").headers["Content-Type"]
    assert played(sites, "content_type").headers["Content-Type"].startswith("text/html")
    assert b"DICM" not in played(sites, "garbage").content
    spoilt = played(sites, "garbage_objects").content
    assert spoilt.count(b"application/dicom") == 3
    assert spoilt.count(b"DICM") == 0


def test_a_play_lasts_as_many_requests_as_was_wished(sites: Sites) -> None:
    assert played(sites, "gone", count=2).status_code == 410
    assert sites.ask("GET", IMAGES, headers=TOKEN).status_code == 410
    # It has no files: a site that is well says so.
    assert sites.ask("GET", IMAGES, headers=TOKEN).status_code == 404


@pytest.mark.parametrize(
    "wish",
    [
        {"images": "x"},
        {"images": 1},
        {"images": "cut", "after": -1},
        {"images": "cut", "after": True},
        {"images": "cut", "count": 0},
        {"images": "stall", "seconds": 601},
        {"images": "cut", "health": "x"},
    ],
)
def test_a_wrong_play_changes_nothing(sites: Sites, wish: dict[str, Any]) -> None:
    assert sites.put("/_sim/sites/marais", json=wish).status_code == 400
    state = sites.get("/_sim/state").json()
    assert (state["health"], state["images"]) == ({}, {})
    assert set(state["plays"]) == set(PLAYS)


def test_without_a_front_nobody_gets_images(files: Path) -> None:
    closed = Sites(make_app(files, closed=True))
    assert closed.ask("GET", IMAGES, headers=TOKEN).status_code == 403
    assert closed.get("/marais/rs").json() == {"status": "ready"}


def test_a_taken_port_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        files = ["--data", "x", "--server-cert", "x", "--server-key", "y", "--ca", "z"]
        assert peer.main(["--port", port, *files]) == 1
    assert port in capsys.readouterr().err


def test_without_nginx_the_sites_tell_their_health_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served: list[uvicorn.Config] = []
    monkeypatch.setattr(peer, "find_nginx", lambda: None)
    monkeypatch.setattr(uvicorn.Server, "run", lambda self, sockets: served.append(self.config))
    files = ["--data", str(tmp_path), "--server-cert", "c.pem", "--server-key", "k.pem"]
    assert peer.main(["--port", "0", *files, "--ca", "ca.pem"]) == 0
    assert "nginx-light" in capsys.readouterr().err
    [config] = served
    assert (config.ssl_certfile, config.ssl_keyfile) == (Path("c.pem"), Path("k.pem"))
    assert isinstance(config.app, Starlette)
    assert Sites(config.app).get("/marais/rs").json() == {"status": "ready"}
    assert Sites(config.app).ask("GET", IMAGES, headers=TOKEN).status_code == 403
