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
from pathlib import Path
from typing import Final

from infra.demo.layout import ROOT, Layout

# Seconds.
READY: Final = 120.0
STOP: Final = 20.0


class NotStarted(Exception):
    """A part of the stack cannot start; the message says why, for a person."""


def require_free(layout: Layout) -> None:
    """Raises NotStarted, which names every port that another program holds."""
    taken = [f"{port} ({name})" for name, port in layout.ports.items() if _taken(port)]
    if taken:
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
    """The children of this process; ``stop`` ends all of them, in reverse order."""

    layout: Layout
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Start one part; its output goes to ``logs/<name>.log``."""
        logs = self.layout.home / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        with (logs / f"{name}.log").open("ab") as log:
            self.children[name] = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self, name: str, ready: Callable[[], bool]) -> None:
        """Until ``ready`` says yes; NotStarted when the part ends or takes too long."""
        log = self.layout.home / "logs" / f"{name}.log"
        end = time.monotonic() + READY
        while not ready():
            if self.children[name].poll() is not None:
                raise NotStarted(f"{name} did not start; see {log}:\n{tail(log)}")
            if time.monotonic() > end:
                raise NotStarted(f"{name} is not ready after {READY:.0f} s; see {log}")
            time.sleep(0.1)

    def ended(self) -> str | None:
        """The name of a part that has ended by itself, None while all run."""
        return next((n for n, child in self.children.items() if child.poll() is not None), None)

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


def limits(log: Path) -> list[str]:
    """The settings that the local runtime knows and does not enforce, from its log of the last
    start.
    """
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    starts = [number for number, line in enumerate(lines) if line.startswith("Known here")]
    if not starts:
        return []
    found = [lines[starts[-1]]]
    for line in lines[starts[-1] + 1 :]:
        if not line.startswith("  - "):
            break
        found.append(line)
    return found
