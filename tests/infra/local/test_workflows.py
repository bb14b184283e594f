"""The states service and its store: one execution runs, or has ended, for every operation alike."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from infra.local.aws.environment import prepare
from infra.local.aws.quotas import Bucket
from infra.local.aws.web import Body, Request, Response, headers_of
from tests.infra.local.support import ACCOUNT, REGION

prepare(ACCOUNT, REGION)

from infra.local.aws.emulator import Emulator  # noqa: E402 - moto reads the environment
from infra.local.aws.workflows import TARGET, ExecutionStore, Workflows  # noqa: E402

MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:one"
EXECUTION = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:one:named"
START = {"stateMachineArn": MACHINE, "name": "named", "input": '{"a": 1}'}


class Interpreter:
    """An interpreter in which every execution has ended as soon as it began."""

    def call(self, _service: str, target: str, parameters: Any) -> Response:
        """Every operation succeeds."""
        answers: dict[str, dict[str, Any]] = {
            "StartExecution": {"executionArn": EXECUTION, "startDate": 0},
            "DescribeExecution": {"executionArn": EXECUTION, "status": "SUCCEEDED"},
            "GetExecutionHistory": {"events": [{"id": 1, "type": "ExecutionSucceeded"}]},
        }
        return Response(200, (), json.dumps(answers[target.removeprefix(TARGET)]).encode())

    def create(self, service: str, target: str, parameters: Any) -> dict[str, Any]:
        """``call``, decoded."""
        return dict(json.loads(cast(bytes, self.call(service, target, parameters).body)))


@pytest.fixture
def workflows(tmp_path: Path) -> Workflows:
    store = ExecutionStore(tmp_path / "executions.sqlite")
    return Workflows(cast(Emulator, Interpreter()), store)


class _Nothing:
    def read(self, _size: int = -1, /) -> bytes:
        return b""

    def readline(self, _size: int = -1, /) -> bytes:
        return b""


def ask(workflows: Workflows, operation: str, **parameters: Any) -> tuple[int, dict[str, Any]]:
    headers = headers_of({"X-Amz-Target": f"{TARGET}{operation}"})
    request = Request("POST", "/", headers, Body(_Nothing(), 0))
    answer = workflows(request, json.dumps(parameters).encode())
    return answer.status, json.loads(cast(bytes, answer.body))


def test_an_execution_ends_for_every_operation_at_once(workflows: Workflows) -> None:
    """The interpreter knows the end before the store does; between the two, it still runs."""
    assert ask(workflows, "StartExecution", **START)[0] == 200
    status, told = ask(workflows, "DescribeExecution", executionArn=EXECUTION)
    assert (status, told["status"], told["input"]) == (200, "RUNNING", START["input"])
    assert ask(workflows, "StartExecution", **START)[0] == 200, "the same one, which runs"
    workflows.ended(SimpleNamespace(exec_arn=EXECUTION))
    _, told = ask(workflows, "DescribeExecution", executionArn=EXECUTION)
    assert told["status"] == "SUCCEEDED"
    status, told = ask(workflows, "StartExecution", **START)
    assert (status, told["__type"].rpartition("#")[2]) == (400, "ExecutionAlreadyExists")
    _, told = ask(workflows, "ListExecutions", stateMachineArn=MACHINE)
    assert [one["status"] for one in told["executions"]] == ["SUCCEEDED"]


def test_an_unknown_execution_is_told(workflows: Workflows) -> None:
    for operation in ("DescribeExecution", "GetExecutionHistory"):
        status, told = ask(workflows, operation, executionArn=EXECUTION)
        assert (status, told["__type"].rpartition("#")[2]) == (400, "ExecutionDoesNotExist")


def test_the_history_is_the_interpreter_s_then_the_store_s(workflows: Workflows) -> None:
    ask(workflows, "StartExecution", **START)
    asked = {"executionArn": EXECUTION}
    while_running = ask(workflows, "GetExecutionHistory", **asked)
    workflows.ended(SimpleNamespace(exec_arn=EXECUTION))
    assert ask(workflows, "GetExecutionHistory", **asked) == while_running
    assert while_running[1]["events"][-1]["type"] == "ExecutionSucceeded"


def test_starts_above_the_quota_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    now = [0.0]
    store = ExecutionStore(tmp_path / "executions.sqlite")
    limited = Workflows(
        cast(Emulator, Interpreter()), store, Bucket(burst=1, rate=1, now=lambda: now[0])
    )
    machine = {"stateMachineArn": "arn:aws:states:eu-west-3:1:stateMachine:m", "input": "{}"}
    assert ask(limited, "StartExecution", **machine, name="one")[0] == 200
    status, said = ask(limited, "StartExecution", **machine, name="two")
    assert (status, said["__type"]) == (400, "ThrottlingException")
    assert [row["name"] for row in store.unfinished()] == ["one"]
    now[0] = 1.0
    assert ask(limited, "StartExecution", **machine, name="two")[0] == 200
