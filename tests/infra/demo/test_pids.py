"""A run that was killed is ended by the pids that it wrote, and nobody else's process is."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.demo import __main__ as demo
from infra.demo.layout import ROOT, Layout
from infra.demo.pids import Pids, born

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)",
]
# A supervisor whose parts nobody guards: it and its guardian are killed.
SUPERVISOR = """
import os, signal, sys, time
from pathlib import Path
from infra.demo.layout import PORTS, Layout
from infra.demo.processes import Stack
layout = Layout(Path(sys.argv[1]), dict.fromkeys(PORTS, 0))
stack = Stack(layout)
for name in ("one", "two"):
    stack.start(name, ["http.server", "--bind", "127.0.0.1", "0"])
(layout.home / "demo.pid").write_text(str(os.getpid()))
print(stack._guardian._process.pid, *(one.pid for one in stack.children.values()), flush=True)
time.sleep(600)
"""


def wait_for(there: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not there():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def started() -> Iterator[Callable[[list[str]], int]]:
    """Starts a process in a session of its own; kills it at the end."""
    made: list[subprocess.Popen[bytes]] = []

    def start(arguments: list[str]) -> int:
        made.append(
            subprocess.Popen(arguments, stdout=subprocess.PIPE, start_new_session=True, cwd=ROOT)
        )
        return made[-1].pid

    yield start
    for one in made:
        one.kill()
        one.wait()
        assert one.stdout is not None
        one.stdout.close()


def test_a_process_that_was_written_down_is_ended_once(
    tmp_path: Path, started: Callable[[list[str]], int]
) -> None:
    pids = Pids(tmp_path / "demo.pids")
    first, second = started(SLEEP), started(SLEEP)
    for pid in (first, second):
        pids.add(pid)
    assert pids.left() == (second, first)
    pids.remove(second)
    assert pids.end() == 1
    assert born(first) == ""
    assert born(second)
    assert not pids.path.exists()
    assert pids.end() == 0


def test_one_that_does_not_end_is_killed(
    tmp_path: Path, started: Callable[[list[str]], int]
) -> None:
    pids = Pids(tmp_path / "demo.pids")
    pid = started(STUBBORN)
    wait_for(lambda: "SigIgn" in Path(f"/proc/{pid}/status").read_text())
    pids.add(pid)
    assert pids.end(patience=0.3) == 1
    assert born(pid) == ""


def test_another_process_under_a_written_number_is_left_alone(
    tmp_path: Path, started: Callable[[list[str]], int]
) -> None:
    pid = started(SLEEP)
    path = tmp_path / "demo.pids"
    for birth in ("another-boot/1", ""):
        path.write_text(json.dumps({str(pid): birth}))
        assert Pids(path).end() == 0
        assert born(pid)
    path.write_text("[not a file of ours")
    assert Pids(path).left() == ()
    path.write_text("[]")
    assert Pids(path).left() == ()


def test_a_system_without_proc_tells_births_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("infra.demo.pids._BOOT", tmp_path / "none")
    assert born(os.getpid())
    assert born(2**22 + 7) == ""


def test_make_stop_ends_a_run_that_was_killed_with_its_guardian(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert supervisor.stdout is not None
    guardian, *parts = (int(pid) for pid in supervisor.stdout.readline().split())
    os.kill(guardian, signal.SIGKILL)
    supervisor.kill()
    supervisor.wait()
    supervisor.stdout.close()
    assert all(born(pid) for pid in parts), "nobody else ends them"
    monkeypatch.setenv("DRIMBOX_HOME", str(tmp_path))
    assert demo.main(["stop"]) == 0
    assert "processes: 2" in capsys.readouterr().out
    assert not any(born(pid) for pid in parts)
    assert demo.main(["stop"]) == 0
    assert "nothing runs here" in capsys.readouterr().out
    assert Layout.read({"DRIMBOX_HOME": str(tmp_path)}).pids.exists() is False
