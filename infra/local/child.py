"""Child processes of the supervisor: started, watched, started again; never left behind."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Final

from infra.local.functions.logs import RotatingLog

STANDARD_INPUT: Final = 0
READY: Final = b"ready"
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 15.0
# A child that dies this often within this time is not started again.
MAX_STARTS: Final = 5
STARTS_WINDOW_SECONDS: Final = 60.0


class ChildError(Exception):
    """A child does not start, or does not stay up; its log says why."""


class Starts:
    """The latest starts of one process: so many within a minute are allowed, and no more."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._at: list[float] = []

    def allow(self) -> bool:
        """Whether the process may start now; if so, the start counts."""
        now = self._now()
        self._at = [at for at in self._at if now - at < STARTS_WINDOW_SECONDS]
        if len(self._at) >= MAX_STARTS:
            return False
        self._at.append(now)
        return True


def end_with_parent() -> None:
    """In a child: end at once when the parent, which holds our standard input, is gone.

    Everything that was answered is durable, so that ending needs no farewell.
    """

    def watch() -> None:
        # Not through sys.stdin: its lock would be held when the interpreter ends.
        while os.read(STANDARD_INPUT, 1):
            continue
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def vital(work: Callable[[], None]) -> None:
    """Run ``work`` in a thread without which this process is of no use: its end ends the process.

    The supervisor then starts another one, which goes on where this one stopped.
    """

    def run() -> None:
        try:
            work()
        finally:
            traceback.print_exc(limit=-3)
            sys.stderr.flush()
            os._exit(1)

    threading.Thread(target=run, daemon=True).start()


class Child:
    """One ``python -m …`` process and its log."""

    def __init__(self, name: str, arguments: Sequence[str], log: RotatingLog) -> None:
        self.name = name
        self._arguments = list(arguments)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = threading.Event()
        self._starts = Starts()

    @property
    def pid(self) -> int:
        """The process id; 0 when it was never started."""
        return self._process.pid if self._process else 0

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process; does not wait.

        Raises:
            ChildError: it was started too often in the last minute.
        """
        if not self._starts.allow():
            raise ChildError(f"{self.name} does not stay up")
        self._ready = threading.Event()
        self._process = subprocess.Popen(
            [sys.executable, *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        threading.Thread(
            target=self._follow, args=(self._process, self._ready), daemon=True
        ).start()

    def wait_ready(self) -> None:
        """Wait until the process says that it is ready.

        Raises:
            ChildError: it ended, or took longer than a minute.
        """
        deadline = time.monotonic() + START_SECONDS
        while not self._ready.wait(0.05):
            if not self.alive or time.monotonic() > deadline:
                raise ChildError(f"{self.name} does not start")

    def stop(self) -> None:
        """Ask the process to end; insist after 15 seconds."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _follow(self, process: subprocess.Popen[bytes], ready: threading.Event) -> None:
        assert process.stdout is not None  # noqa: S101 - it was opened as a pipe
        for line in process.stdout:
            if line.strip() == READY:
                ready.set()
            else:
                self._log.write(line)
        process.stdout.close()
        process.wait()
        if process.stdin is not None:
            process.stdin.close()
