"""The processes of the local stack: started, watched and stopped together."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Final

from infra.demo.guardian import STOP, Guardian
from infra.demo.layout import ROOT, Layout
from infra.demo.pids import Pids
from infra.local.child import MAX_STARTS, STARTS_WINDOW_SECONDS, Starts

# Seconds.
READY: Final = 120.0
# Until the parts of a run that was killed have ended, and the ports are free.
AFTER_A_KILL: Final = STOP + 10


class NotStarted(Exception):
    """A part of the stack cannot start, or does not stay up; the message says why, for a person."""


def require_free(layout: Layout, patience: float = 0.0) -> None:
    """Raises NotStarted, which names every port that another program still holds after
    ``patience`` seconds.
    """
    end = time.monotonic() + patience
    while taken := [f"{port} ({name})" for name, port in layout.ports.items() if _taken(port)]:
        if time.monotonic() < end:
            time.sleep(0.1)
            continue
        raise NotStarted(
            f"these ports are taken: {', '.join(taken)}. Stop the programs "
            "that hold them, or choose others: DRIMBOX_PORT_<NAME>=… make run"
        )


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        # As the servers do: connections of an earlier run that linger do not hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


@dataclass
class Stack:
    """The children of this process; ``stop`` ends all of them, in reverse order. They end too when
    this process is killed.
    """

    layout: Layout
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _arguments: dict[str, Sequence[str]] = field(default_factory=dict)
    _restarts: dict[str, Starts] = field(default_factory=dict)
    _works: set[str] = field(default_factory=set)
    _guardian: Guardian = field(default_factory=Guardian)

    @property
    def _pids(self) -> Pids:
        return Pids(self.layout.pids)

    def log(self, name: str) -> Path:
        """The file of one part's output."""
        return self.layout.home / "logs" / f"{name}.log"

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Start one part; its output goes to ``logs/<name>.log``."""
        path = self.log(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._guardian.started(child.pid)
        self._pids.add(child.pid)
        self.children[name] = child
        self._arguments[name] = arguments

    def work(self, name: str, arguments: Sequence[str]) -> None:
        """Start a part that ends by itself when its work is done; nobody starts it again."""
        self._works.add(name)
        self.start(name, arguments)

    def revive(self) -> list[str]:
        """Start again each part that has ended by itself; their names.

        Raises NotStarted for a part that ends so often that another start is of no use.
        """
        ended = [
            name
            for name, child in self.children.items()
            if child.poll() is not None and name not in self._works
        ]
        for name in ended:
            child = self.children[name]
            # Its own children would hold its port and its data.
            _signal(child, signal.SIGKILL)
            self._guardian.ended(child.pid)
            self._pids.remove(child.pid)
            if not self._restarts.setdefault(name, Starts()).allow():
                raise NotStarted(
                    f"{name} was started again {MAX_STARTS} times within "
                    f"{STARTS_WINDOW_SECONDS:.0f} s and does not stay up; see {self.log(name)}:\n"
                    f"{tail(self.log(name))}"
                )
            self.start(name, self._arguments[name])
        return ended

    def wait(self, name: str, ready: Callable[[], bool]) -> None:
        """Until ``ready`` says yes; NotStarted when the part ends or takes too long."""
        log = self.log(name)
        end = time.monotonic() + READY
        while not ready():
            if self.children[name].poll() is not None:
                raise NotStarted(f"{name} did not start; see {log}:\n{tail(log)}")
            if time.monotonic() > end:
                raise NotStarted(f"{name} is not ready after {READY:.0f} s; see {log}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Ask each part to end, last started first; kill those that do not."""
        for child in reversed(self.children.values()):
            _signal(child, signal.SIGTERM)
        end = time.monotonic() + STOP
        for child in reversed(self.children.values()):
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(0.1, end - time.monotonic()))
            if child.poll() is None:
                _signal(child, signal.SIGKILL)
                child.wait()
            self._guardian.ended(child.pid)
            self._pids.remove(child.pid)
        self._guardian.dismiss()


def _signal(child: subprocess.Popen[bytes], number: int) -> None:
    # The whole session of the part: its own children go with it.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log."""
    if not log.exists():
        return ""
    told = log.read_text(errors="replace").splitlines()
    # The settings that are not enforced are told at a good start; here they would hide the cause.
    told = [line for line in told if not line.startswith(("Known here", "  - "))]
    return "\n".join(told[-lines:])


def limits(log: Path) -> int:
    """How many settings the local runtime knows and does not enforce, by its log of the last
    start, which lists them.
    """
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    starts = [number for number, line in enumerate(lines) if line.startswith("Known here")]
    listed = lines[starts[-1] + 1 :] if starts else []
    return sum(1 for _ in takewhile(lambda line: line.startswith("  - "), listed))
