"""Step Functions: moto's interpreter runs the machines, a database remembers the executions.

An execution that had not ended when the process died starts again from its first state, with the
same name and input. The name of an ended one stays taken, as in the cloud for 90 days.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

from infra.local.aws.emulator import Emulator
from infra.local.aws.endpoint import json_error
from infra.local.aws.quotas import Bucket
from infra.local.aws.web import Request, Response

TARGET: Final = "AWSStepFunctions."
MAX_INPUT_BYTES: Final = 262_144
RETENTION_SECONDS: Final = 90 * 86_400
DEFAULT_PAGE: Final = 100
_FORWARDED: Final = "ListStateMachines"
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS executions (
    arn TEXT PRIMARY KEY, machine TEXT NOT NULL, name TEXT NOT NULL, input TEXT NOT NULL,
    started REAL NOT NULL, stopped REAL, status TEXT NOT NULL, description TEXT, history TEXT
);
CREATE INDEX IF NOT EXISTS by_machine ON executions (machine, started);
"""
_UNKNOWN: Final = json_error(400, "ExecutionDoesNotExist", "Execution Does Not Exist")


class ExecutionStore:
    """The state of every execution; durable. Thread-safe."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._lock = threading.Lock()
        self._now = now
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        path.chmod(0o600)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(_SCHEMA)
        self._database.row_factory = sqlite3.Row
        with self._lock:
            self._database.execute(
                "DELETE FROM executions WHERE stopped < ?", (now() - RETENTION_SECONDS,)
            )

    def add(self, arn: str, machine: str, name: str, text: str) -> sqlite3.Row | None:
        """Take the name for a new execution; the execution that already has it, if one does."""
        with self._lock:
            existing = self._row(arn)
            if existing is None:
                self._database.execute(
                    "INSERT INTO executions (arn, machine, name, input, started, status)"
                    " VALUES (?, ?, ?, ?, ?, 'RUNNING')",
                    (arn, machine, name, text, self._now()),
                )
            return existing

    def get(self, arn: str) -> sqlite3.Row | None:
        """One execution."""
        with self._lock:
            return self._row(arn)

    def forget(self, arn: str) -> None:
        """Give the name back: the execution never began."""
        with self._lock:
            self._database.execute("DELETE FROM executions WHERE arn = ?", (arn,))

    def end(self, arn: str, description: Mapping[str, Any], history: Mapping[str, Any]) -> None:
        """Remember how it ended: the answers of DescribeExecution and GetExecutionHistory."""
        with self._lock:
            self._database.execute(
                "UPDATE executions SET status = ?, stopped = ?, description = ?, history = ?"
                " WHERE arn = ?",
                (
                    description["status"],
                    self._now(),
                    json.dumps(description),
                    json.dumps(history),
                    arn,
                ),
            )

    def unfinished(self) -> list[sqlite3.Row]:
        """The executions that run, or ran when the process died; oldest first."""
        with self._lock:
            return self._database.execute(
                "SELECT * FROM executions WHERE status = 'RUNNING' ORDER BY started, arn"
            ).fetchall()

    def listing(
        self, machine: str, status: str | None, offset: int, limit: int
    ) -> list[sqlite3.Row]:
        """The executions of one machine, newest first."""
        with self._lock:
            return self._database.execute(
                "SELECT * FROM executions WHERE machine = ? AND status = coalesce(?, status)"
                " ORDER BY started DESC, arn LIMIT ? OFFSET ?",
                (machine, status, limit, offset),
            ).fetchall()

    def _row(self, arn: str) -> sqlite3.Row | None:
        return cast(
            sqlite3.Row | None,
            self._database.execute("SELECT * FROM executions WHERE arn = ?", (arn,)).fetchone(),
        )


class Workflows:
    """The states service: answers what the store knows, forwards the rest to the interpreter.

    ``starts``: the quota of StartExecution.
    """

    def __init__(
        self, emulator: Emulator, store: ExecutionStore, starts: Bucket | None = None
    ) -> None:
        self._emulator = emulator
        self._store = store
        self._starts = starts
        self._operations: Mapping[str, Callable[[Mapping[str, Any]], Response]] = {
            "StartExecution": self._start,
            "DescribeExecution": self._describe,
            "GetExecutionHistory": self._history,
            "ListExecutions": self._list,
        }

    def __call__(self, request: Request, body: bytes) -> Response:
        """Answer one request."""
        target = (request.header("X-Amz-Target") or "").removeprefix(TARGET)
        if target == _FORWARDED:
            return self._emulator.forward(request, body)
        operation = self._operations.get(target)
        if operation is None:
            return json_error(400, "UnknownOperationException", "Not served here")
        try:
            parameters = json.loads(body or b"{}")
        except ValueError:
            return json_error(400, "SerializationException", "Not JSON")
        return operation(parameters)

    def resume(self) -> int:
        """Start again what had not ended; how many. Machines that are gone keep theirs waiting."""
        resumed = 0
        for row in self._store.unfinished():
            resumed += self._run(row["machine"], row["name"], row["input"]).status == 200
        return resumed

    def ended(self, execution: Any) -> None:
        """Called by the interpreter when ``execution`` ended: remember it, then let go of it."""
        arn = execution.exec_arn
        description = self._emulator.create(
            "states", f"{TARGET}DescribeExecution", {"executionArn": arn}
        )
        history = self._emulator.create(
            "states", f"{TARGET}GetExecutionHistory", {"executionArn": arn}
        )
        self._store.end(arn, description, history)

    def _run(self, machine: str, name: str, text: str) -> Response:
        return self._emulator.call(
            "states",
            f"{TARGET}StartExecution",
            {"stateMachineArn": machine, "name": name, "input": text},
        )

    def _start(self, parameters: Mapping[str, Any]) -> Response:
        if self._starts is not None and not self._starts.take():
            return json_error(400, "ThrottlingException", "Rate exceeded")
        machine = str(parameters.get("stateMachineArn", ""))
        name = str(parameters.get("name") or uuid.uuid4())
        text = str(parameters.get("input") or "{}")
        if len(name) > 80:
            return json_error(400, "InvalidName", "Invalid Name")
        if len(text.encode()) > MAX_INPUT_BYTES or not _is_json(text):
            return json_error(400, "InvalidExecutionInput", "Invalid State Machine Execution Input")
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
        existing = self._store.add(arn, machine, name, text)
        if existing is None:
            response = self._run(machine, name, text)
            if response.status != 200:
                self._store.forget(arn)
            return response
        if existing["status"] == "RUNNING" and json.loads(existing["input"]) == json.loads(text):
            return _answer({"executionArn": arn, "startDate": existing["started"]})
        return json_error(400, "ExecutionAlreadyExists", "Execution Already Exists")

    def _describe(self, parameters: Mapping[str, Any]) -> Response:
        # The store alone answers: the interpreter knows an end a little earlier, and the same
        # execution would have ended for this operation and still run for the others.
        row = self._store.get(_arn(parameters))
        if row is None:
            return _UNKNOWN
        return _answer(_running(row) if row["description"] is None else _told(row, "description"))

    def _history(self, parameters: Mapping[str, Any]) -> Response:
        response = self._stored_history(parameters)
        if response.status != 200 or not isinstance(response.body, bytes):
            return response
        events = json.loads(response.body)["events"]
        if parameters.get("reverseOrder"):
            events.reverse()
        return _page(parameters, "events", events[_offset(parameters) :])

    def _stored_history(self, parameters: Mapping[str, Any]) -> Response:
        arn = _arn(parameters)
        row = self._store.get(arn)
        if row is not None and row["history"] is None:
            operation = f"{TARGET}GetExecutionHistory"
            response = self._emulator.call("states", operation, {"executionArn": arn})
            # It may have ended between the two: the interpreter has then let go of it.
            row = row if response.status == 200 else self._store.get(arn)
            if row is None or row["history"] is None:
                return response
        return _UNKNOWN if row is None else _answer(_told(row, "history"))

    def _list(self, parameters: Mapping[str, Any]) -> Response:
        machine = str(parameters.get("stateMachineArn", ""))
        rows = self._store.listing(
            machine, parameters.get("statusFilter"), _offset(parameters), _limit(parameters) + 1
        )
        items = [
            {
                "executionArn": row["arn"],
                "stateMachineArn": machine,
                "name": row["name"],
                "status": row["status"],
                "startDate": row["started"],
                **({} if row["stopped"] is None else {"stopDate": row["stopped"]}),
            }
            for row in rows
        ]
        return _page(parameters, "executions", items)


def _arn(parameters: Mapping[str, Any]) -> str:
    return str(parameters.get("executionArn", ""))


def _running(row: sqlite3.Row) -> dict[str, Any]:
    """DescribeExecution of an execution that has not ended."""
    return {
        "executionArn": row["arn"],
        "stateMachineArn": row["machine"],
        "name": row["name"],
        "status": row["status"],
        "startDate": row["started"],
        "input": row["input"],
    }


def _told(row: sqlite3.Row, column: str) -> dict[str, Any]:
    """An answer that the interpreter gave at the end."""
    return dict(json.loads(row[column]))


def _offset(parameters: Mapping[str, Any]) -> int:
    token = str(parameters.get("nextToken") or "0")
    return int(token) if token.isascii() and token.isdigit() else 0


def _limit(parameters: Mapping[str, Any]) -> int:
    return max(1, min(int(parameters.get("maxResults") or DEFAULT_PAGE), 1000))


def _page(parameters: Mapping[str, Any], name: str, items: list[Any]) -> Response:
    """The first items and, when there are more, where to go on."""
    limit = _limit(parameters)
    more = {"nextToken": str(_offset(parameters) + limit)} if len(items) > limit else {}
    return _answer({name: items[:limit], **more})


def _answer(content: Mapping[str, Any]) -> Response:
    headers = (
        ("Content-Type", "application/x-amz-json-1.0"),
        ("x-amzn-RequestId", str(uuid.uuid4())),
    )
    return Response(200, headers, json.dumps(content).encode())


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
