"""The real process: TLS, the files, the control API, each way to answer wrongly."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from lxml import etree

from simulators import pki
from simulators.whitelist.__main__ import main
from simulators.whitelist.server import CRL, LIST, LIST_ENVELOPED, MAX_CONTROL

OWN = "127.0.0.1=CN=localhost,C=FR"


def options(folder: Path, port: int = 0) -> list[str]:
    return [
        *("--port", str(port), "--pki", str(folder), "--domain", OWN),
        *("--server-cert", str(folder / "whitelist.pem")),
        *("--server-key", str(folder / "whitelist.key")),
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pki")
    pki.prepare(made, [], datetime.now(UTC))
    return made


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """The base of a running simulator."""
    process = subprocess.Popen(
        [sys.executable, "-m", "simulators.whitelist", *options(folder)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("white list on https://127.0.0.1:"), line
    try:
        # The socket listens already: the first request waits for the server.
        yield line.split()[-1].removesuffix(LIST)
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


@pytest.fixture
def http(address: str, folder: Path) -> Iterator[httpx.Client]:
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    with httpx.Client(verify=context, trust_env=False, base_url=address, timeout=30) as client:
        yield client
        client.delete("/_sim/faults").raise_for_status()


pytestmark = pytest.mark.slow


def test_the_files(http: httpx.Client) -> None:
    both = [http.get(path) for path in (LIST, LIST_ENVELOPED)]
    for answer in both:
        assert answer.headers["content-type"].startswith("application/xml")
        assert etree.fromstring(answer.content).tag.endswith("}ListeBlancheDRIM-M")
        assert b"<db>127.0.0.1</db>" in answer.content
    assert both[0].content != both[1].content
    assert len(x509.load_der_x509_crl(http.get(CRL).content)) == 0


def test_a_wrong_list_then_the_good_one(http: httpx.Client) -> None:
    assert http.post("/_sim/faults", json={"kind": "unsigned"}).status_code == 201
    assert [one["kind"] for one in http.get("/_sim/faults").json()["faults"]] == ["unsigned"]
    assert b"SignatureValue" not in http.get(LIST).content
    assert b"SignatureValue" in http.get(LIST).content


def test_a_wrong_revocation_list(http: httpx.Client) -> None:
    assert http.post("/_sim/faults", json={"kind": "not_crl"}).status_code == 201
    assert http.get(CRL).content == b"not a list"


@pytest.mark.parametrize("file", ["list", "crl"])
def test_each_way_to_answer_wrongly(http: httpx.Client, file: str) -> None:
    path = LIST if file == "list" else CRL

    def ask(kind: str, **more: object) -> httpx.Response:
        facts = {"kind": kind, "file": file, **more}
        assert http.post("/_sim/faults", json=facts).status_code == 201
        return http.get(path)

    assert ask("unavailable").status_code == 503
    assert ask("absent").status_code == 404
    assert ask("redirect").status_code == 302
    assert len(ask("compressed").content) == 64 * 1024 * 1024
    assert ask("slow", seconds=0.1).status_code == 200
    with pytest.raises(httpx.TransportError):
        ask("cut")
    assert http.get(path).status_code == 200


def test_other_domains_are_published(http: httpx.Client) -> None:
    before = http.get("/_sim/state").json()
    one = {**before["domains"][0], "db": "db9.example"}
    assert http.put("/_sim/domains", json=[one]).status_code == 204
    assert b"<db>db9.example</db>" in http.get(LIST).content
    after = http.get("/_sim/state").json()
    assert after["domains"] == [one]
    assert after["generated_at"] > before["generated_at"]
    assert http.put("/_sim/domains", json=before["domains"]).status_code == 204


@pytest.mark.parametrize(
    ("content", "status", "error"),
    [
        (b"{", 400, "not JSON"),
        (b"{}", 400, "kind is one of"),
        (b"[" * 100_000, 400, "not JSON"),
        (b" " * (MAX_CONTROL + 1), 413, "above 1 MiB"),
    ],
)
def test_a_fault_that_is_refused(
    http: httpx.Client, content: bytes, status: int, error: str
) -> None:
    answer = http.post("/_sim/faults", content=content)
    assert (answer.status_code, error in answer.json()["error"]) == (status, True)


def test_certificates_are_taken_back_and_given_again(http: httpx.Client) -> None:
    def named() -> set[int]:
        crl = x509.load_der_x509_crl(http.get(CRL).content)
        return {one.serial_number for one in crl}

    assert http.put("/_sim/revoked", json=["2a", "FF"]).status_code == 204
    assert named() == {42, 255}
    assert http.put("/_sim/revoked", json=[]).status_code == 204
    assert named() == set()


@pytest.mark.parametrize(
    "content", [b"{}", b"[1]", b"[", b'["0"]', b'["-1"]', b'["x"]', b'["%s"]' % (b"f" * 41)]
)
def test_serial_numbers_that_are_refused(http: httpx.Client, content: bytes) -> None:
    assert http.put("/_sim/revoked", content=content).status_code == 400


@pytest.mark.parametrize("content", [b"{}", b"[1]", b"["])
def test_domains_that_are_refused(http: httpx.Client, content: bytes) -> None:
    assert http.put("/_sim/domains", content=content).status_code == 400


def test_a_start_that_fails_says_why(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(options(tmp_path)) == 1
    assert "simulators.pki" in capsys.readouterr().err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(options(folder, taken.getsockname()[1])) == 1
    assert "port" in capsys.readouterr().err
    with contextlib.suppress(SystemExit):
        main([*options(folder), "--domain", "nothing"])
    assert "HOST=DN" in capsys.readouterr().err
