"""The control interface, the command lines, and the state after a restart."""

from __future__ import annotations

import hashlib
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from simulators.psc import __main__ as program
from tests.simulators.psc.process import CLIENT_ID, CONNECT, PEER_ID, PscProcess


def test_state_lists_tokens_without_giving_them(psc: PscProcess) -> None:
    token = psc.token("nurse", client_id=PEER_ID)
    answer = psc.client().get(f"{psc.url}/_sim/state")
    digest = hashlib.sha256(token.encode()).hexdigest()
    found = next(one for one in answer.json()["tokens"] if one["sha256"] == digest)
    assert (found["professional"], found["client_id"]) == ("nurse", PEER_ID)
    assert token not in answer.text
    assert answer.json()["clients"] == [CLIENT_ID, PEER_ID]
    assert [one["id"] for one in answer.json()["professionals"]] == [
        *("radiologist", "two-structures", "nurse", "no-reference"),
    ]


def test_faults(psc: PscProcess) -> None:
    token = psc.token()
    try:
        psc.control("POST", "faults", {"kind": "unavailable", "path": "introspect"})
        assert psc.introspection(token).status_code == 503
        assert psc.client().get(f"{psc.url}{CONNECT}/certs").status_code == 200
        assert psc.control("GET", "state")["faults"][0]["kind"] == "unavailable"
        assert psc.control("DELETE", "faults") == {"faults": []}
        assert psc.introspection(token).json()["active"] is True

        psc.control("POST", "faults", {"kind": "wrong_answer", "count": 1})
        wrong = psc.introspection(token)
        assert wrong.status_code == 200
        assert wrong.headers["content-type"] == "text/html"
        assert psc.introspection(token).json()["active"] is True

        psc.control("POST", "faults", {"kind": "delay", "seconds": 0.5, "count": 2})
        for _ in range(2):
            start = time.monotonic()
            assert psc.introspection(token).json()["active"] is True
            assert time.monotonic() - start >= 0.5
        assert psc.control("GET", "state")["faults"] == []
    finally:
        psc.control("DELETE", "faults")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "tokens", b'{"professional": "nobody"}', 404),
        ("POST", "tokens", b'{"client_id": "nobody"}', 404),
        ("POST", "tokens", b'{"expires_in": 0}', 400),
        ("POST", "tokens", b'{"expires_in": 3601}', 400),
        ("POST", "tokens", b'{"expires_in": "5"}', 400),
        ("POST", "tokens", b"not json", 400),
        ("POST", "tokens", b"[]", 400),
        ("POST", "tokens", b"null", 400),
        ("POST", "tokens", b" " * 65537, 413),
        ("POST", "revoke", b'{"access_token": "unknown"}', 404),
        ("POST", "revoke", b"{}", 400),
        ("POST", "faults", b'{"kind": "unknown"}', 400),
        ("POST", "faults", b'{"kind": "toString"}', 400),
        ("POST", "faults", b'{"kind": "delay", "seconds": 0}', 400),
        ("POST", "faults", b'{"kind": "delay", "count": 0}', 400),
        ("POST", "faults", b'{"kind": "delay", "path": 1}', 400),
        ("POST", "faults", b'{"kind": "delay", "other": 1}', 400),
        ("GET", "tokens", b"", 404),
        ("GET", "unknown", b"", 404),
    ],
)
def test_wrong_controls(psc: PscProcess, method: str, path: str, body: bytes, status: int) -> None:
    answer = psc.client().request(method, f"{psc.url}/_sim/{path}", content=body)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert psc.control("GET", "state")["faults"] == []


def test_a_kill_loses_nothing(psc: PscProcess) -> None:
    token, revoked = psc.token("two-structures"), psc.token("nurse")
    psc.control("POST", "revoke", {"access_token": revoked})
    before = psc.introspection(token).json()
    keys = psc.client().get(f"{psc.url}{CONNECT}/certs").json()
    assert keys["keys"]
    psc.kill()
    with pytest.raises(httpx.ConnectError):
        psc.client().get(psc.url)
    psc.start()
    assert psc.introspection(token).json() == before
    assert psc.introspection(revoked).json() == {"active": False}
    assert psc.client().get(f"{psc.url}{CONNECT}/certs").json() == keys


def test_the_data_is_private(psc: PscProcess) -> None:
    assert stat.S_IMODE(psc.data.stat().st_mode) == 0o700
    modes = {stat.S_IMODE(path.stat().st_mode) for path in psc.data.iterdir()}
    assert modes == {0o600}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "simulators.psc", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_token_command_prints_the_token_alone(psc: PscProcess) -> None:
    where = ("--url", psc.url, "--ca", str(psc.certificates / "ca.pem"))
    done = run("token", *where, "--professional", "nurse", "--client-id", PEER_ID)
    assert done.returncode == 0
    answer = psc.introspection(done.stdout.removesuffix("\n")).json()
    assert (answer["active"], answer["azp"]) == (True, PEER_ID)
    assert answer["SubjectNameID"] == "810090010033"
    assert psc.introspection(run("token", *where).stdout.strip()).json()["active"] is True

    refused = run("token", *where, "--professional", "nobody")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "no such professional" in refused.stderr
    nobody = run("token", "--url", "https://127.0.0.1:1", *where[2:])
    assert (nobody.returncode, nobody.stdout) == (1, "")
    assert "no Pro Santé Connect simulator" in nobody.stderr
    plain = run("token", "--url", "http://127.0.0.1:1", *where[2:])
    assert (plain.returncode, plain.stdout) == (2, "")


def test_a_taken_port_is_named(psc: PscProcess, tmp_path: Path) -> None:
    done = run(*PscProcess(psc.certificates, tmp_path, port=psc.port).command()[3:])
    assert done.returncode == 1
    assert f"port {psc.port} is taken" in done.stderr


def test_options_are_checked(psc: PscProcess, tmp_path: Path) -> None:
    good = PscProcess(psc.certificates, tmp_path).command()[3:]
    missing = [part.replace("psc.pem", "absent.pem") for part in good]
    assert "absent.pem" in run(*missing).stderr
    unnamed = [part.replace(f"{PEER_ID}=", "") for part in good]
    assert "CLIENT_ID=FILE" in run(*unnamed).stderr


def test_packages_are_installed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "package.json").write_text('{"name": "x", "version": "1.0.0"}')
    lock = (
        '{"name": "x", "version": "1.0.0", "lockfileVersion": 3, "requires": true, '
        '"packages": {"": {"name": "x", "version": "1.0.0"}}}'
    )
    (tmp_path / "package-lock.json").write_text(lock)
    (tmp_path / "node_modules").mkdir()
    program.install(tmp_path)
    assert "npm ci" in capsys.readouterr().err
    program.install(tmp_path)
    assert capsys.readouterr().err == ""

    # Nothing listens there, as for an isolated machine on its first start.
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:1/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    for name in ("package.json", "package-lock.json"):
        (tmp_path / name).write_bytes((program.HERE / name).read_bytes())
    with pytest.raises(program.NotInstalled, match="needs the npm registry"):
        program.install(tmp_path)
    assert not (tmp_path / "node_modules" / ".installed").exists()


def test_the_lock_pins_every_package_and_names_no_registry() -> None:
    text = (program.HERE / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert text.count('"integrity": "sha512-') == text.count('"node_modules/')
