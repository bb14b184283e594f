"""The processes of a run, written down: a later command ends those that a ``kill -9`` has left.

A number alone names no process: the system gives it to another one later. So each stands beside the
time of its start, and a process that started at another time is never touched.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.demo.guardian import STOP

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


def born(pid: int) -> str:
    """When that process started, as a text that no other process of this number has; "" for none,
    or for one that has ended and waits for its parent.
    """
    if not _BOOT.exists():  # not Linux
        told = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return told.stdout.strip()
    try:
        # The name, in parentheses, may hold anything (proc_pid_stat(5)).
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in {"Z", "X"} else f"{_BOOT.read_text().strip()}/{fields[19]}"


@dataclass(frozen=True, slots=True)
class Pids:
    """The file that holds them; each process leads its own session."""

    path: Path

    def add(self, pid: int) -> None:
        """Write down a process that has just started."""
        self._write({**self._read(), str(pid): born(pid)})

    def remove(self, pid: int) -> None:
        """It has ended."""
        self._write({name: at for name, at in self._read().items() if name != str(pid)})

    def left(self) -> tuple[int, ...]:
        """Those that still run, last started first."""
        known = self._read().items()
        return tuple(int(name) for name, at in reversed(known) if at and born(int(name)) == at)

    def end(self, patience: float = STOP) -> int:
        """End those that are left, by force after ``patience`` seconds; how many there were."""
        sessions = self.left()
        for pid in sessions:
            _signal(pid, signal.SIGTERM)
        end = time.monotonic() + patience
        while self.left() and time.monotonic() < end:
            time.sleep(0.05)
        for pid in self.left():
            _signal(pid, signal.SIGKILL)
        while self.left():
            time.sleep(0.05)
        self.path.unlink(missing_ok=True)
        return len(sessions)

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(name): str(at) for name, at in found.items()} if isinstance(found, dict) else {}

    def _write(self, pids: dict[str, str]) -> None:
        draft = self.path.with_suffix(".new")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(pids), "utf-8")
        draft.replace(self.path)


def _signal(session: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(session, number)
