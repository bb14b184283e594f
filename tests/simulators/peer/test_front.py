"""The real front: nginx demands the listed consumer's certificate, and leads to real DRIMboxes."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulators import pki
from simulators.pacs.orthanc import free_port
from simulators.peer.front import find_nginx

OURS = next(one.subject for one in pki.COMMON if one.name == "peers-client")
SERIES = "/rs/studies/1.2.3/series/1.2.3.4"
PATIENCE = 30.0

pytestmark = [
    pytest.mark.judge,
    pytest.mark.skipif(find_nginx() is None, reason="nginx is not installed"),
]


class Drimbox(BaseHTTPRequestHandler):
    """A real DRIMbox, as far as it is asked here: images are elsewhere, by a signed URL."""

    seen: list[tuple[str, str, str | None]] = []  # noqa: RUF012  # one server, one list
    leads_to = ""

    def do_GET(self) -> None:  # the library's own name
        self.seen.append((self.command, self.path, self.headers.get("Authorization")))
        if "/studies/" in self.path and self.leads_to:
            self.send_response(307)
            self.send_header("Location", f"{self.leads_to}/bucket/series?X-Amz-Signature=ab%2Fc")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/related; boundary=b")
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"bytes")

    do_OPTIONS = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@dataclass(frozen=True)
class Stage:
    """``url`` is the front's; ``slow`` is the same with slow handshakes."""

    url: str
    slow: str
    folder: Path

    def client(self, identity: str = "") -> httpx.Client:
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        if identity:
            context.load_cert_chain(
                self.folder / f"{identity}.pem", self.folder / f"{identity}.key"
            )
        return httpx.Client(verify=context, trust_env=False, timeout=PATIENCE)

    def get(self, path: str, identity: str = "peers-client", **headers: str) -> httpx.Response:
        with self.client(identity) as http:
            return http.get(self.url + path, headers=headers)

    def tell(self, site: str, **facts: Any) -> None:
        with self.client() as http:
            put = http.put(f"{self.url}/_sim/sites/{site}", content=json.dumps(facts))
        assert put.status_code == 204, put.text

    def requests(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = self.get("/_sim/state").json()["requests"]
        return found


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("front")
    pki.prepare(folder, [], datetime.now(UTC))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Drimbox)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "gateway.pem", folder / "gateway.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    storage = ThreadingHTTPServer(("127.0.0.1", 0), Drimbox)
    for one in (server, storage):
        threading.Thread(target=one.serve_forever, daemon=True).start()
    port, signed = free_port(), f"http://127.0.0.1:{storage.server_port}"
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "simulators.peer", "--port", str(port)),
            *("--data", str(folder / "nginx"), "--ca", str(folder / "ca.pem")),
            *("--server-cert", str(folder / "other-site.pem")),
            *("--server-key", str(folder / "other-site.key"), "--client", OURS),
            *("--real", f"real=https://127.0.0.1:{server.server_port}/tenants/one/dicomweb"),
            *("--redirects-to", signed, "--slow-host", "127.0.0.8", "--slow-seconds", "1"),
        ],
        stdout=log,
        stderr=log,
    )
    made = Stage(f"https://localhost:{port}", f"https://127.0.0.8:{port}", folder)
    Drimbox.leads_to = signed
    try:
        _await(made, process)
        yield made
    finally:
        process.terminate()
        assert process.wait() == 0, (folder / "log").read_text()
        for one in (server, storage):
            one.shutdown()
            one.server_close()
        log.close()


def _await(stage: Stage, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, (stage.folder / "log").read_text()
        try:
            if stage.get("/_sim/state", "").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("the front does not answer")


def test_images_are_for_the_listed_consumer_alone(stage: Stage) -> None:
    stage.tell("marais", images="good")
    before = len(stage.requests())
    for identity in ("", "peer", "ris"):
        for path in (f"/marais{SERIES}", f"/real{SERIES}"):
            assert stage.get(path, identity).status_code == 403, identity
    # nginx refused them: no site was asked.
    assert len(stage.requests()) == before
    assert stage.get(f"/marais{SERIES}").status_code == 200
    assert stage.requests()[-1]["certificate"] == OURS


def test_a_certificate_of_another_authority_is_refused(stage: Stage, tmp_path: Path) -> None:
    pki.prepare(tmp_path, [], datetime.now(UTC))
    context = ssl.create_default_context(cafile=str(stage.folder / "ca.pem"))
    context.load_cert_chain(tmp_path / "peers-client.pem", tmp_path / "peers-client.key")
    with httpx.Client(verify=context, trust_env=False, timeout=PATIENCE) as http:
        assert http.get(f"{stage.url}/marais{SERIES}").status_code == 400


def test_the_health_check_asks_for_no_certificate(stage: Stage) -> None:
    assert stage.get("/marais/rs", "").json() == {"status": "ready"}
    assert stage.get("/real/rs", "").content == b"bytes"
    assert Drimbox.seen[-1][:2] == ("GET", "/tenants/one/dicomweb")
    with stage.client() as http:
        assert http.options(f"{stage.url}/real/rs/studies").status_code == 200
    assert Drimbox.seen[-1][:2] == ("OPTIONS", "/tenants/one/dicomweb/studies")


def test_a_real_site_s_signed_url_is_followed_here_and_the_token_stays(stage: Stage) -> None:
    token = {"Authorization": "Bearer a-token"}
    answer = stage.get(f"/real{SERIES}", **token)
    assert (answer.status_code, answer.content) == (200, b"bytes")
    assert answer.headers["Content-Type"] == "multipart/related; boundary=b"
    asked, signed = Drimbox.seen[-2:]
    assert asked == ("GET", f"/tenants/one/dicomweb{SERIES[3:]}", "Bearer a-token")
    assert signed == ("GET", "/bucket/series?X-Amz-Signature=ab%2Fc", None)


def test_a_redirect_to_elsewhere_is_not_followed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Drimbox, "leads_to", "http://127.0.0.1:1")
    seen = len(Drimbox.seen)
    assert stage.get(f"/real{SERIES}").status_code == 500
    assert len(Drimbox.seen) == seen + 1


def test_a_real_site_may_be_told_to_fail(stage: Stage) -> None:
    stage.tell("real", images="gone", count=1)
    assert stage.get(f"/real{SERIES}").status_code == 410
    assert stage.get(f"/real{SERIES}").status_code == 200


@pytest.mark.parametrize("kind", ["cut", "stall"])
def test_an_answer_that_breaks_off(stage: Stage, kind: str) -> None:
    stage.tell("marais", images=kind, after=5000, seconds=1, count=1)
    with pytest.raises(httpx.RemoteProtocolError):
        stage.get(f"/marais{SERIES}")


@pytest.mark.parametrize(("kind", "least"), [("endless", 20_000_000), ("many", 1_000_000)])
def test_an_answer_without_end(stage: Stage, kind: str, least: int) -> None:
    stage.tell("marais", images=kind, count=1)
    received = 0
    with (
        stage.client("peers-client") as http,
        http.stream("GET", f"{stage.url}/marais{SERIES}") as answer,
    ):
        for chunk in answer.iter_raw():
            received += len(chunk)
            if received > least:
                break
    assert received > least


def test_an_answer_byte_by_byte(stage: Stage) -> None:
    stage.tell("marais", images="trickle", count=1)
    with (
        stage.client("peers-client") as http,
        http.stream("GET", f"{stage.url}/marais{SERIES}") as answer,
    ):
        begun = time.monotonic()
        chunks = answer.iter_raw()
        assert [len(next(chunks)), len(next(chunks))] == [1, 1]
    assert time.monotonic() - begun > 0.5


def test_a_site_that_never_answers(stage: Stage) -> None:
    stage.tell("marais", images="silent", seconds=30, count=1)
    with stage.client("peers-client") as http, pytest.raises(httpx.ReadTimeout):
        http.get(f"{stage.url}/marais{SERIES}", timeout=httpx.Timeout(PATIENCE, read=0.5))


def test_a_slow_handshake(stage: Stage) -> None:
    with stage.client() as http:
        begun = time.monotonic()
        assert http.get(f"{stage.slow}/marais/rs").status_code == 200
        assert time.monotonic() - begun > 0.9
    with stage.client() as http, pytest.raises(httpx.ConnectTimeout):
        http.get(f"{stage.slow}/marais/rs", timeout=0.3)
