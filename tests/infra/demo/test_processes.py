"""The parts of ``make run``: started again when they die, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.demo import __main__ as demo
from infra.demo import lifecycle
from infra.demo.layout import PORTS, ROOT, Layout
from infra.demo.processes import NotStarted, Stack, require_free
from infra.local.child import MAX_STARTS
from simulators.pacs.orthanc import free_port

PATIENCE = 60.0
SIMULATORS = tuple(part for part in lifecycle.PARTS if part != "stack")


def wait_for(there: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    found: dict[int, None] = {}
    while len(found) < len(PORTS):
        found[free_port()] = None
    return Layout(tmp_path / "home", dict(zip(PORTS, found, strict=True)))


@pytest.fixture
def stack(layout: Layout) -> Iterator[Stack]:
    made = Stack(layout)
    yield made
    made.stop()


def test_each_simulator_that_is_killed_comes_back_and_answers(stack: Stack) -> None:
    lifecycle.make_credentials(stack.layout)
    lifecycle.start(stack, SIMULATORS, lambda: False)
    assert stack.revive() == []
    for name in SIMULATORS:
        killed = stack.children[name]
        os.kill(killed.pid, signal.SIGKILL)
        wait_for(lambda name=name: stack.revive() == [name], f"another {name}")  # type: ignore[misc]
        assert stack.children[name].pid != killed.pid
    lifecycle.wait(stack, SIMULATORS, lambda: False)
    assert stack.revive() == []
    before = {name: child.pid for name, child in stack.children.items()}
    stack.stop()
    assert not [name for name, pid in before.items() if alive(pid)]
    require_free(stack.layout)


def test_a_part_that_does_not_stay_up_is_named_with_its_log(stack: Stack) -> None:
    # A module that prints and ends.
    stack.start("dmp", ["this"])
    for _ in range(MAX_STARTS):
        stack.children["dmp"].wait()
        assert stack.revive() == ["dmp"]
    stack.children["dmp"].wait()
    with pytest.raises(
        NotStarted, match=r"^dmp was started again 5 times .*/logs/dmp\.log:\n"
    ) as told:
        stack.revive()
    assert "Namespaces are one honking great idea" in str(told.value)


SUPERVISOR = """
import sys, time
from pathlib import Path
from infra.demo.layout import PORTS, Layout
from infra.demo.processes import Stack
stack = Stack(Layout(Path(sys.argv[1]), dict.fromkeys(PORTS, 0)))
for name in ("one", "two"):
    stack.start(name, ["http.server", "--bind", "127.0.0.1", "0"])
print(*(child.pid for child in stack.children.values()), flush=True)
time.sleep(600)
"""


def test_after_a_kill_of_the_supervisor_nothing_is_left(tmp_path: Path) -> None:
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert supervisor.stdout is not None
    parts = [int(pid) for pid in supervisor.stdout.readline().split()]
    assert len(parts) == 2
    assert all(map(alive, parts))
    supervisor.kill()
    supervisor.wait()
    wait_for(lambda: not any(map(alive, parts)), "the end of the parts")
    supervisor.stdout.close()


def test_the_ports_of_a_run_that_was_killed_are_waited_for(layout: Layout) -> None:
    port = layout.ports["dmp"]
    listening = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
    with subprocess.Popen(listening, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as held:

        def taken() -> bool:
            try:
                require_free(layout)
            except NotStarted as error:
                return f"{port} (dmp)" in str(error)
            return False

        wait_for(taken, "the program that holds the port")
        held.kill()
        require_free(layout, PATIENCE)


def test_a_stop_while_it_starts_starts_nothing_more(stack: Stack) -> None:
    with pytest.raises(NotStarted, match="told to stop"):
        lifecycle.start(stack, SIMULATORS, lambda: True)
    assert stack.children == {}


def test_what_ended_is_said_and_the_stack_stays(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.start("peer", ["http.server", "--bind", "127.0.0.1", "0"])
    killed = stack.children["peer"]
    killed.kill()
    rounds = iter(range(1000))

    class Told:
        """Told to stop once another process runs."""

        def wait(self, _: float) -> bool:
            killed.wait()
            return stack.children["peer"] is not killed or next(rounds) > 999

    assert demo._stay(stack, Told()) == 0  # type: ignore[arg-type]
    assert "peer ended by itself and was started again; see " in capsys.readouterr().out


def test_a_work_that_ends_is_not_started_again(stack: Stack) -> None:
    stack.work("done", ("this.is.no.module",))
    wait_for(lambda: stack.children["done"].poll() is not None, "the end of the work")
    assert stack.revive() == []
    assert stack.children["done"].returncode
