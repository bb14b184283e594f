"""One function process and its Runtime API ("Using the Lambda runtime API").

The API has no room for an identity in its address, so that every process gets a port of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final, cast

from infra.local.functions.configuration import FunctionConfiguration
from infra.local.functions.logs import RotatingLog

INIT_SECONDS: Final = 10
FAREWELL_SECONDS: Final = 5
MAX_PAYLOAD_BYTES: Final = 6_291_556  # Lambda's limit of a synchronous request and answer, in bytes
_PREFIX: Final = "/2018-06-01/runtime"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an invocation: the payload, and whether the function failed."""

    payload: bytes
    failed: bool


class ProcessGoneError(Exception):
    """The process ended while it was idle: nothing was lost, another one can be used."""


def failure(error_type: str, message: str) -> Outcome:
    """A failure that the platform reports in the function's stead."""
    payload = json.dumps({"errorMessage": message, "errorType": error_type})
    return Outcome(payload.encode(), failed=True)


@dataclass(frozen=True, slots=True)
class _Invocation:
    request_id: str
    payload: bytes
    deadline_ms: int


@dataclass(frozen=True, slots=True)
class _Event:
    """An event of the process: ``kind`` is ready, response, error, init_error or exit."""

    kind: str
    payload: bytes = b""


class _RuntimeApi(ThreadingHTTPServer):
    """The Runtime API of one process: hands out invocations, collects what comes back."""

    daemon_threads = True

    def __init__(self, arn: str) -> None:
        super().__init__(("127.0.0.1", 0), _RuntimeApiHandler)
        self.arn = arn
        self.invocations: queue.SimpleQueue[_Invocation | None] = queue.SimpleQueue()
        self.events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        # Whether the process that asked was still there when its invocation came.
        self.delivered = threading.Event()


class _RuntimeApiHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    @property
    def _api(self) -> _RuntimeApi:
        return cast(_RuntimeApi, self.server)

    def do_GET(self) -> None:
        if self.path != f"{_PREFIX}/invocation/next":
            self._answer(404, b"")
            return
        self._api.events.put(_Event("ready"))
        invocation = self._api.invocations.get()
        # A client that waits for an answer sends nothing: readable data means its end.
        gone, _, _ = select.select([self.connection], [], [], 0)
        if invocation is None or gone:
            self.close_connection = True
            return
        self._api.delivered.set()
        self._answer(
            200,
            invocation.payload,
            {
                "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
                "Lambda-Runtime-Invoked-Function-Arn": self._api.arn,
                "Lambda-Runtime-Trace-Id": f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}",
                "Content-Type": "application/json",
            },
        )

    def do_POST(self) -> None:
        body = self._body()
        kind = {"response": "response", "error": "error"}.get(self.path.rsplit("/", 1)[-1])
        if self.path == f"{_PREFIX}/init/error":
            kind = "init_error"
        if kind is None:
            self._answer(404, b"")
            return
        self._api.events.put(_Event(kind, body))
        self._answer(202, b"")

    def log_message(self, *_: object) -> None:
        """Say nothing: requests of this API are the function's own business."""

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts: list[bytes] = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)


class FunctionProcess:
    """One process of one function; serves one invocation at a time.

    ``scratch`` is its folder for files. It outlives the process, as ``/tmp`` outlives one that
    Lambda stops ("Lambda execution environment": the next one starts in the same environment).
    """

    def __init__(self, function: FunctionConfiguration, log: RotatingLog, scratch: Path) -> None:
        self._function = function
        self._api = _RuntimeApi(function.arn)
        self.scratch = scratch
        scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        threading.Thread(target=self._api.serve_forever, args=(0.05,), daemon=True).start()
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                str(Path(__file__).with_name("worker.py")),
                function.handler,
                str(function.memory_mb),
            ],
            cwd=function.asset,
            env={
                **function.environment,
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._api.server_port}",
                "TMPDIR": str(scratch),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._followers = (
            threading.Thread(target=log.pump, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._watch, daemon=True),
        )
        for follower in self._followers:
            follower.start()
        self._ready = False
        self._ended = False
        self._served = False  # whether it ever answered an invocation
        self.idle_since = time.monotonic()

    @property
    def pid(self) -> int:
        """The process id (also of its process group)."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process can take another invocation."""
        return not self._ended and self._process.poll() is None

    def invoke(self, payload: bytes) -> Outcome:
        """Run the function once on ``payload`` (JSON, at most 6 MB).

        A process that failed its start, ran out of time or ended is not alive afterwards.

        Raises:
            ProcessGoneError: it ended while idle, before it got the payload.
        """
        refusal = self._await_ready()
        if refusal is not None:
            return refusal
        request_id = str(uuid.uuid4())
        seconds = self._function.timeout_seconds
        deadline_ms = int((time.time() + seconds) * 1000)
        self._api.delivered.clear()
        self._api.invocations.put(_Invocation(request_id, payload, deadline_ms))
        event = self._event(seconds)
        if event is None:
            self.kill()
            message = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
            return failure("Sandbox.Timedout", message)
        if event.kind == "exit":
            if self._served and not self._api.delivered.is_set():
                raise ProcessGoneError
            message = f"RequestId: {request_id} Error: Runtime exited with {event.payload.decode()}"
            return failure("Runtime.ExitError", message)
        self._ready = False
        self._served = True
        self.idle_since = time.monotonic()
        if len(event.payload) > MAX_PAYLOAD_BYTES:
            return failure(
                "Function.ResponseSizeTooLarge",
                "Response payload size exceeded maximum allowed payload size"
                f" ({MAX_PAYLOAD_BYTES} bytes).",
            )
        return Outcome(event.payload, failed=event.kind == "error")

    def kill(self) -> None:
        """End the process and everything that it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for follower in self._followers:
            follower.join(FAREWELL_SECONDS)

    def _await_ready(self) -> Outcome | None:
        """Wait until the process asks for work; the outcome when its start failed."""
        while not self._ready:
            event = self._event(INIT_SECONDS + self._function.timeout_seconds)
            if event is None:
                self.kill()
                return failure("Sandbox.Timedout", "The function did not start in time")
            if event.kind == "init_error":
                self.kill()
                return Outcome(event.payload, failed=True)
            if event.kind == "exit":
                if self._served:
                    raise ProcessGoneError
                return failure("Runtime.ExitError", f"Runtime exited with {event.payload.decode()}")
            self._ready = event.kind == "ready"
        return None

    def _event(self, seconds: float) -> _Event | None:
        try:
            event = self._api.events.get(timeout=seconds)
        except queue.Empty:
            return None
        self._ended = event.kind == "exit"
        return event

    def _watch(self) -> None:
        code = self._process.wait()
        reason = (
            f"error: signal: {signal.Signals(-code).name}"
            if code < 0
            else f"error: exit status {code}"
        )
        self._api.events.put(_Event("exit", reason.encode()))
        self._api.invocations.put(None)
        self._api.shutdown()
        self._api.server_close()
        if self._process.stdin is not None:
            self._process.stdin.close()
