"""All functions: processes started on demand, reused, bounded and replaced."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from infra.local.functions.configuration import DEFAULT_CONCURRENCY, FunctionConfiguration
from infra.local.functions.logs import RotatingLog
from infra.local.functions.process import FunctionProcess, Outcome, ProcessGoneError

IDLE_SECONDS: Final = 600
# How long a caller waits for a free process of a function that reserves no concurrency.
WAIT_SECONDS: Final = 30


class UnknownFunctionError(Exception):
    """No template declares this function (Lambda's ResourceNotFoundException)."""


class ThrottledError(Exception):
    """Every allowed process is busy (Lambda's TooManyRequestsException)."""


@dataclass(slots=True)
class _Function:
    configuration: FunctionConfiguration
    log: RotatingLog
    slots: threading.Semaphore
    wait_seconds: float
    idle: list[FunctionProcess] = field(default_factory=list)
    running: set[FunctionProcess] = field(default_factory=set)
    started: int = 0
    # Folders of processes that ended by themselves or were stopped: for those that replace them.
    left: list[Path] = field(default_factory=list)


class FunctionPool:
    """The functions of a deployment. Thread-safe.

    ``unreserved``: calls at a time of all functions together that reserve no concurrency; None for
    no limit.
    """

    def __init__(
        self,
        functions: Iterable[FunctionConfiguration],
        logs: Path,
        scratch: Path,
        wait_seconds: float = WAIT_SECONDS,
        unreserved: int | None = None,
    ) -> None:
        self._lock = threading.Lock()
        self._unreserved = None if unreserved is None else threading.Semaphore(unreserved)
        self._scratch = scratch
        self._closed = False
        self._functions = {
            function.name: _function(function, logs, wait_seconds) for function in functions
        }

    def __contains__(self, name: object) -> bool:
        return name in self._functions

    def invoke(self, name: str, payload: bytes) -> Outcome:
        """Run the function ``name`` on ``payload`` (JSON bytes) and wait for its outcome.

        Raises:
            UnknownFunctionError: no such function.
            ThrottledError: its concurrency is used up.
        """
        function = self._functions.get(name)
        if function is None:
            raise UnknownFunctionError(name)
        reserves = function.configuration.reserved_concurrency is not None
        quota = None if reserves else self._unreserved
        if quota is None:
            return self._invoke(function, payload)
        if not quota.acquire(blocking=False):
            raise ThrottledError(name)
        try:
            return self._invoke(function, payload)
        finally:
            quota.release()

    def _invoke(self, function: _Function, payload: bytes) -> Outcome:
        if not function.slots.acquire(timeout=function.wait_seconds):
            raise ThrottledError(function.configuration.name)
        try:
            while True:
                process = self._take(function)
                try:
                    return process.invoke(payload)
                except ProcessGoneError:
                    continue
                finally:
                    self._give_back(function, process)
        finally:
            function.slots.release()

    def pids(self, name: str) -> list[int]:
        """The process ids of one function, busy and idle."""
        function = self._functions[name]
        with self._lock:
            return [process.pid for process in (*function.running, *function.idle)]

    def reap(self, now: float | None = None) -> None:
        """End processes that were idle for ten minutes; ``now`` is a monotonic time in seconds."""
        limit = (time.monotonic() if now is None else now) - IDLE_SECONDS
        with self._lock:
            old = [
                (function, process)
                for function in self._functions.values()
                for process in function.idle
                if process.idle_since < limit or not process.alive
            ]
            for function, process in old:
                function.idle.remove(process)
        for _, process in old:
            _end(process)

    def close(self) -> None:
        """End every process; later invocations are throttled."""
        with self._lock:
            self._closed = True
            processes = [
                process
                for function in self._functions.values()
                for process in (*function.idle, *function.running)
            ]
        for process in processes:
            _end(process)
        for function in self._functions.values():
            for scratch in function.left:
                shutil.rmtree(scratch, ignore_errors=True)
            function.log.close()

    def _take(self, function: _Function) -> FunctionProcess:
        with self._lock:
            if self._closed:
                raise ThrottledError(function.configuration.name)
            while function.idle:
                process = function.idle.pop()
                if process.alive:
                    function.running.add(process)
                    return process
                function.left.append(process.scratch)
            if function.left:
                scratch = function.left.pop()
            else:
                function.started += 1
                scratch = self._scratch / f"{function.configuration.name}-{function.started}"
            process = FunctionProcess(function.configuration, function.log, scratch)
            function.running.add(process)
            return process

    def _give_back(self, function: _Function, process: FunctionProcess) -> None:
        with self._lock:
            function.running.discard(process)
            if process.alive and not self._closed:
                function.idle.append(process)
            else:
                function.left.append(process.scratch)


def _end(process: FunctionProcess) -> None:
    """End a process for good, with its files: nobody takes its place."""
    process.kill()
    shutil.rmtree(process.scratch, ignore_errors=True)


def _function(configuration: FunctionConfiguration, logs: Path, wait: float) -> _Function:
    reserved = configuration.reserved_concurrency
    return _Function(
        configuration,
        RotatingLog(logs / f"{configuration.name}.log"),
        threading.Semaphore(DEFAULT_CONCURRENCY if reserved is None else reserved),
        # A reservation is a promise not to go further: no waiting, as in the cloud.
        wait if reserved is None else 0,
    )
