"""Function processes: reuse, limits, failures, replacement; and Lambda's Invoke on top."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from infra.local.aws.functions import FunctionService
from infra.local.aws.web import Body, Request, headers_of
from infra.local.functions.configuration import FunctionConfiguration
from infra.local.functions.logs import RotatingLog
from infra.local.functions.pool import FunctionPool, ThrottledError, UnknownFunctionError
from infra.local.functions.process import MAX_PAYLOAD_BYTES
from infra.local.sqs.poller import EventSource, Poller
from infra.local.sqs.queues import MessageStore, Queue
from tests.infra.local.support import wait_for

CODE = """
import os, sys, time

COUNT = 0

def handler(event, context):
    global COUNT
    COUNT += 1
    how = event.get("how")
    if how == "print":
        print("a line of the function")
        sys.stderr.write("an error line\\n")
    if how == "raise":
        raise KeyError("why")
    if how == "exit":
        os._exit(7)
    if how == "abort":
        os.abort()
    if how == "sleep":
        time.sleep(300)
    if how == "meet":
        open(os.path.join(event["place"], str(os.getpid())), "w").close()
        while len(os.listdir(event["place"])) < 2:
            time.sleep(0.01)
    if how == "big":
        return "x" * (7 << 20)
    if how == "record":
        with open(event["path"], "a") as file:
            file.write("x")
        raise ValueError()
    return {"count": COUNT, "pid": os.getpid(), "left": context.get_remaining_time_in_millis(),
            "arn": context.invoked_function_arn, "tmp": os.environ["TMPDIR"]}

def batch(event, context):
    return event["Records"][0]["body"] and __import__("json").loads(event["Records"][0]["body"])
"""


def _configuration(folder: Path, name: str = "f", **more: Any) -> FunctionConfiguration:
    given: dict[str, Any] = {
        "handler": "code_.handler",
        "memory_mb": 256,
        "timeout_seconds": 10,
        "reserved_concurrency": None,
        "environment": {
            "PYTHONPATH": str(folder),
            "PATH": os.environ["PATH"],
            "AWS_LAMBDA_FUNCTION_NAME": name,
        },
        **more,
    }
    arn = f"arn:aws:lambda:eu-west-3:1:function:{name}"
    return FunctionConfiguration(name=name, arn=arn, asset=folder, **given)


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[FunctionPool]:
    """A pool with a few functions of the code above."""
    code = tmp_path / "asset"
    code.mkdir()
    (code / "code_.py").write_text(CODE)
    (code / "broken.py").write_text("import nothing_of_the_kind")
    functions = FunctionPool(
        [
            _configuration(code),
            # A busy machine may need some of it for a call that does nothing.
            _configuration(code, "short", timeout_seconds=4),
            _configuration(code, "one", reserved_concurrency=1),
            _configuration(code, "off", reserved_concurrency=0),
            _configuration(code, "broken", handler="broken.handler"),
            _configuration(code, "batch", handler="code_.batch"),
        ],
        tmp_path / "logs",
        tmp_path / "scratch",
    )
    yield functions
    functions.close()


def test_functions_without_a_reservation_share_what_is_left(tmp_path: Path) -> None:
    code = tmp_path / "asset"
    code.mkdir()
    (code / "code_.py").write_text(CODE)
    pool = FunctionPool(
        [_configuration(code), _configuration(code, "one", reserved_concurrency=1)],
        *(tmp_path / "logs", tmp_path / "scratch"),
        unreserved=0,
    )
    with pytest.raises(ThrottledError):
        _invoke(pool)
    assert not _invoke(pool, "one")["failed"]
    pool.close()


def _invoke(pool: FunctionPool, name: str = "f", **event: Any) -> Any:
    outcome = pool.invoke(name, json.dumps(event).encode())
    return {"failed": outcome.failed, **_object(json.loads(outcome.payload))}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"value": value}


def test_process_is_reused_and_tells_its_context(pool: FunctionPool) -> None:
    first, second = _invoke(pool), _invoke(pool)
    assert (first["count"], second["count"]) == (1, 2)
    assert first["pid"] == second["pid"]
    assert 0 < first["left"] <= 10_000
    assert first["arn"] == "arn:aws:lambda:eu-west-3:1:function:f"
    assert Path(first["tmp"]).is_dir()


def test_failure_of_the_code_keeps_the_process(pool: FunctionPool) -> None:
    before = _invoke(pool)["pid"]
    failed = _invoke(pool, how="raise")
    assert (failed["failed"], failed["errorType"]) == (True, "KeyError")
    assert _invoke(pool)["pid"] == before


@pytest.mark.parametrize(("how", "reason"), [("exit", "exit status 7"), ("abort", "SIGABRT")])
def test_process_that_ends_is_replaced(pool: FunctionPool, how: str, reason: str) -> None:
    failed = _invoke(pool, how=how)
    assert (failed["failed"], failed["errorType"]) == (True, "Runtime.ExitError")
    assert reason in failed["errorMessage"]
    assert _invoke(pool)["count"] == 1


def test_process_killed_while_idle_costs_nothing(pool: FunctionPool) -> None:
    pid = _invoke(pool)["pid"]
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not _alive(pid))
    again = _invoke(pool)
    assert (again["failed"], again["count"]) == (False, 1)
    assert again["pid"] != pid


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_timeout_kills_the_process(pool: FunctionPool) -> None:
    began = time.monotonic()
    failed = _invoke(pool, "short", how="sleep")
    assert failed["errorType"] == "Sandbox.Timedout"
    assert "after 4.00 seconds" in failed["errorMessage"]
    assert time.monotonic() - began < 60, "it sleeps longer"
    assert pool.pids("short") == []


@pytest.mark.parametrize(("name", "how"), [("short", "sleep"), ("f", "exit"), ("f", "abort")])
def test_files_outlive_a_process_that_is_stopped(pool: FunctionPool, name: str, how: str) -> None:
    folder = Path(_invoke(pool, name)["tmp"])
    (folder / "left").write_text("x")
    assert _invoke(pool, name, how=how)["failed"]
    assert (folder / "left").exists()
    # The process that takes its place has the same files; after a long rest there are none.
    assert _invoke(pool, name)["tmp"] == str(folder)
    assert (folder / "left").exists()
    pool.reap(time.monotonic() + 601)
    assert not folder.exists()
    assert _invoke(pool, name)["tmp"] != str(folder)


def test_files_of_a_process_killed_while_idle_stay(pool: FunctionPool) -> None:
    first = _invoke(pool)
    os.kill(first["pid"], signal.SIGKILL)
    wait_for(lambda: not _alive(first["pid"]))
    again = _invoke(pool)
    assert (again["tmp"], again["pid"] != first["pid"]) == (first["tmp"], True)


def test_a_closed_pool_leaves_no_file(pool: FunctionPool, tmp_path: Path) -> None:
    _invoke(pool, how="exit")
    assert list((tmp_path / "scratch").iterdir())
    pool.close()
    assert not list((tmp_path / "scratch").iterdir())


def test_code_that_cannot_be_loaded(pool: FunctionPool) -> None:
    for _ in range(2):
        failed = _invoke(pool, "broken")
        assert (failed["failed"], failed["errorType"]) == (True, "Runtime.ImportModuleError")


def test_answer_that_is_too_large(pool: FunctionPool) -> None:
    assert _invoke(pool, how="big")["errorType"] == "Function.ResponseSizeTooLarge"
    assert _invoke(pool)["failed"] is False


def test_concurrency(pool: FunctionPool, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    with pytest.raises(ThrottledError):
        pool.invoke("off", b"{}")
    with pytest.raises(UnknownFunctionError):
        pool.invoke("absent", b"{}")
    with ThreadPoolExecutor(2) as executor:
        busy = executor.submit(_invoke, pool, "one", how="meet", place=str(first))
        wait_for(lambda: list(first.iterdir()))
        with pytest.raises(ThrottledError):
            pool.invoke("one", b"{}")
        (first / "go on").touch()
        assert busy.result()["failed"] is False
        both = executor.map(lambda _: _invoke(pool, how="meet", place=str(second)), range(2))
        pids = {one["pid"] for one in both}
    assert len(pids) == 2
    assert sorted(pool.pids("f")) == sorted(pids)


def test_idle_processes_end(pool: FunctionPool) -> None:
    pid = _invoke(pool)["pid"]
    pool.reap()
    assert pool.pids("f") == [pid]
    pool.reap(time.monotonic() + 601)
    assert pool.pids("f") == []
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_closed_pool_starts_nothing(pool: FunctionPool) -> None:
    pid = _invoke(pool)["pid"]
    pool.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(ThrottledError):
        pool.invoke("f", b"{}")


def test_output_goes_to_the_functions_log(pool: FunctionPool, tmp_path: Path) -> None:
    _invoke(pool, how="print")
    log = tmp_path / "logs" / "f.log"
    wait_for(lambda: "an error line" in log.read_text())
    assert "a line of the function\n" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_log_rotates(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "a.log", limit=10, kept=2)
    for number in range(5):
        log.write(b"line %d\n" % number)
    log.close()
    assert (tmp_path / "a.log").read_bytes() == b"line 4\n"
    assert (tmp_path / "a.log.1").read_bytes() == b"line 3\n"
    assert (tmp_path / "a.log.2").read_bytes() == b"line 2\n"
    assert not (tmp_path / "a.log.3").exists()


class _Bytes:
    def read(self, _size: int = -1, /) -> bytes:
        return b""

    def readline(self, _size: int = -1, /) -> bytes:
        return b""


def _request(path: str, method: str = "POST", **headers: str) -> Request:
    return Request(method, path, headers_of(headers), Body(_Bytes(), 0))


def test_invoke_api(pool: FunctionPool) -> None:
    service = FunctionService(pool)

    def call(name: str, body: bytes = b"{}", **headers: str) -> Any:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return service(_request(f"/2015-03-31/functions/{name}/invocations", **named), body)

    answer = call("f")
    assert answer.status == 200
    assert "X-Amz-Function-Error" not in dict(answer.headers)
    answer = call("arn%3Aaws%3Alambda%3Aeu-west-3%3A1%3Afunction%3Af%3Alive", b'{"how": "raise"}')
    assert dict(answer.headers)["X-Amz-Function-Error"] == "Unhandled"
    for response, status, code in (
        (call("absent"), 404, "ResourceNotFoundException"),
        (call("%2F"), 404, "ResourceNotFoundException"),
        (call("off"), 429, "TooManyRequestsException"),
        (call("f", b"not json"), 400, "InvalidRequestContentException"),
        (call("f", b'"' + b"x" * MAX_PAYLOAD_BYTES + b'"'), 413, "RequestTooLargeException"),
        (
            call("f", b'"' + b"x" * (1 << 20) + b'"', X_Amz_Invocation_Type="Event"),
            413,
            "RequestTooLargeException",
        ),
        (service(_request("/2015-03-31/functions/"), b""), 400, "UnknownOperationException"),
    ):
        assert (response.status, dict(response.headers)["x-amzn-ErrorType"]) == (status, code)
        assert "x-amzn-RequestId" in dict(response.headers)


def test_asynchronous_invocation_is_retried_twice(pool: FunctionPool, tmp_path: Path) -> None:
    pauses: list[float] = []
    service = FunctionService(pool, pauses.append)
    record = tmp_path / "record"
    event = json.dumps({"how": "record", "path": str(record)}).encode()
    request = _request("/2015-03-31/functions/f/invocations", **{"X-Amz-Invocation-Type": "Event"})
    assert service(request, event).status == 202
    wait_for(lambda: record.exists() and record.read_text() == "xxx")
    assert pauses == [60.0, 120.0]


@pytest.mark.parametrize(
    ("report", "partial", "left"),
    [
        ({"batchItemFailures": []}, True, 0),
        ({}, True, 0),
        (None, True, 0),
        ({"batchItemFailures": [{"itemIdentifier": "SELF"}]}, True, 1),
        ({"batchItemFailures": [{"itemIdentifier": "stranger"}]}, True, 1),
        ({"batchItemFailures": [{}]}, True, 1),
        ({"batchItemFailures": "x"}, True, 1),
        (["x"], True, 1),
        ({"batchItemFailures": [{"itemIdentifier": "SELF"}]}, False, 0),
    ],
)
def test_batch_reports(
    pool: FunctionPool, tmp_path: Path, report: Any, partial: bool, left: int
) -> None:
    queue = Queue("q", "u", "arn:q", 30, 0, 1000, 0, 1000, None, 0)
    store = MessageStore(tmp_path / "m.sqlite", {queue.arn: queue})
    source = EventSource(queue, "eu-west-3", "batch", 10, 0, 1, partial)
    identifier = store.send(queue, "x", {}, {})
    # The function answers what the message says: the message has to name itself.
    text = json.dumps(report).replace("SELF", identifier)
    store._database.execute("UPDATE messages SET body = ?", (text,))
    assert Poller(source, store, pool).poll(0) is True
    assert sum(store.counts(queue)) == left


def test_throttled_or_failed_batch_comes_back(pool: FunctionPool, tmp_path: Path) -> None:
    queue = Queue("q", "u", "arn:q", 30, 0, 1000, 0, 1000, None, 0)
    store = MessageStore(tmp_path / "m.sqlite", {queue.arn: queue})
    for name, answered in (("off", False), ("broken", True)):
        store.send(queue, "x", {}, {})
        source = EventSource(queue, "eu-west-3", name, 10, 0, 1, True)
        assert Poller(source, store, pool).poll(0) is answered
    assert store.counts(queue) == (0, 2, 0)
    assert Poller(source, store, pool).poll(0) is True


def test_batch_window_gathers(pool: FunctionPool, tmp_path: Path) -> None:
    queue = Queue("q", "u", "arn:q", 30, 0, 1000, 0, 1000, None, 0)
    store = MessageStore(tmp_path / "m.sqlite", {queue.arn: queue})
    source = EventSource(queue, "eu-west-3", "batch", 2, 120, 1, False)
    store.send(queue, "{}", {}, {})
    threading.Timer(0.3, lambda: store.send(queue, "{}", {}, {})).start()
    began = time.monotonic()
    Poller(source, store, pool).poll(0)
    assert store.counts(queue) == (0, 0, 0)
    assert time.monotonic() - began < 60, "a whole batch waits for no end of its window"
