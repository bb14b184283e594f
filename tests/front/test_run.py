"""Both processes of a front, started and ended together."""

from __future__ import annotations

import getpass
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from front import run as module
from front.configuration import API_SOCKET, STREAMER_SOCKET
from front.options import read
from front.run import NotStarted, find_nginx, main, run
from simulators import pki
from simulators.pacs.orthanc import free_port

PATIENCE = 30.0


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    pki.prepare(tmp_path, [], datetime.now(UTC))
    ca = str(tmp_path / "ca.pem")
    return [
        *("--listen", f"127.0.0.1:{free_port()}", "--user", getpass.getuser()),
        *("--certificate", str(tmp_path / "gateway.pem"), "--key", str(tmp_path / "gateway.key")),
        *("--peers-ca", ca, "--api-ca", ca, "--home", str(tmp_path / "home")),
        *("--api", f"https://127.0.0.1:{free_port()}", "--signed", "http://127.0.0.1:1"),
    ]


@pytest.fixture
def started(arguments: list[str], tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    home = tmp_path / "home"
    home.mkdir()
    for name in (API_SOCKET, STREAMER_SOCKET):
        (home / name).touch()  # as a process that was killed leaves them
    command = [sys.executable, "-m", "front.run", *arguments]
    with subprocess.Popen(command, cwd=module.ROOT, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def answered(arguments: list[str], tmp_path: Path) -> int:
    """The status that a peer gets once the front listens: the API behind it is not there."""
    end = time.monotonic() + PATIENCE
    trusted = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    with httpx.Client(verify=trusted, trust_env=False) as http:
        while True:
            try:
                url = f"https://localhost:{arguments[1].rpartition(':')[2]}"
                return http.get(f"{url}/tenants/a/dicomweb/studies/1.2").status_code
            except httpx.TransportError:
                assert time.monotonic() < end, "the front does not listen"
                time.sleep(0.05)


def children(process: subprocess.Popen[bytes]) -> list[int]:
    found = subprocess.run(
        ["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False
    )
    return [int(one) for one in found.stdout.split()]


@pytest.mark.judge
@pytest.mark.slow
class TestBoth:
    def test_it_answers_reads_its_files_again_and_ends_whole(
        self, started: subprocess.Popen[bytes], arguments: list[str], tmp_path: Path
    ) -> None:
        assert answered(arguments, tmp_path) == 502
        started.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        assert answered(arguments, tmp_path) == 502
        parts = children(started)
        assert len(parts) == 2
        started.terminate()
        assert started.wait(PATIENCE) == 0
        assert not any(Path(f"/proc/{one}").exists() for one in parts)

    @pytest.mark.parametrize("which", [0, 1])
    def test_a_part_that_ends_ends_the_front(
        self, started: subprocess.Popen[bytes], arguments: list[str], tmp_path: Path, which: int
    ) -> None:
        assert answered(arguments, tmp_path) == 502
        parts = children(started)
        os.kill(parts[which], signal.SIGKILL)
        assert started.wait(PATIENCE) == 1
        assert not any(Path(f"/proc/{one}").exists() for one in parts)


def test_without_nginx_it_says_so(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_nginx", lambda: None)
    front = read(arguments, "test", None)
    with pytest.raises(NotStarted, match="nginx-light"):
        run(front, threading.Event(), threading.Event())


def test_as_root_it_wants_an_account(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_nginx", lambda: "/bin/true")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    at = arguments.index("--user")
    front = read([*arguments[:at], *arguments[at + 2 :]], "test", None)
    with pytest.raises(NotStarted, match="--user"):
        run(front, threading.Event(), threading.Event())


def test_a_streamer_that_does_not_start_is_told(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "find_nginx", lambda: "/bin/true")
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(NotStarted, match="streamer"):
        run(read(arguments, "test", None), threading.Event(), threading.Event())


@pytest.mark.parametrize("changed", [("--api", "https://a.example/path"), ("--user", "no body")])
def test_a_wrong_value_is_refused(
    arguments: list[str], changed: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    kept[signal.SIGHUP] = signal.getsignal(signal.SIGHUP)
    try:
        assert main([*arguments, *changed]) == 1
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
    assert "does not start" in capsys.readouterr().err


def test_nginx_is_found_where_debian_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = find_nginx()
    monkeypatch.setenv("PATH", "/nowhere")
    assert find_nginx() == found or found is None
