"""Ends what a supervisor leaves behind when it is killed.

Each part of the stack has a session of its own, so that a Ctrl-C does not reach it; nobody would
end it after a ``kill -9`` of the supervisor. This process reads the supervisor's standard output,
one line for each part that starts (``+PID``) or has ended (``-PID``). The end of the input is the
end of the supervisor: the parts that are left are told to end, and killed if they do not.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]

# Seconds that the parts get to end by themselves.
STOP: Final = 20.0


class Guardian:
    """The supervisor's end of the pipe; the guarding process starts with the first part."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def started(self, pid: int) -> None:
        """Guard a part, which leads its own session."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "infra.demo.guardian"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        self._tell(f"+{pid}")

    def ended(self, pid: int) -> None:
        """Guard a part no longer: its number may soon be another program's."""
        self._tell(f"-{pid}")

    def dismiss(self) -> None:
        """End the guarding process; the parts that it still guards end too."""
        if self._process is None:
            return
        # It closes its input, and waits.
        self._process.communicate()
        self._process = None

    def _tell(self, line: str) -> None:
        if self._process is None or self._process.stdin is None:
            return
        # One that was killed guards nothing; the parts run on.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(f"{line}\n".encode())


def guard(lines: Iterable[str]) -> None:
    """Read ``lines`` to their end, then end the sessions that are left."""
    left: dict[int, None] = {}
    for line in lines:
        sign, pid = line[:1], int(line[1:])
        if sign == "+":
            left[pid] = None
        else:
            left.pop(pid, None)
    # Last started first, as the supervisor does.
    sessions = list(reversed(left))
    end = time.monotonic() + STOP
    for pid in sessions:
        _signal(pid, signal.SIGTERM)
    while any(_signal(pid, 0) for pid in sessions) and time.monotonic() < end:
        time.sleep(0.05)
    for pid in sessions:
        _signal(pid, signal.SIGKILL)


def _signal(session: int, number: int) -> bool:
    """Whether a process of the session was there."""
    try:
        os.killpg(session, number)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    guard(sys.stdin)
