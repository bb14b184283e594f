"""The whole small stack: route, function, object, queue, function, workflow, table; kill -9."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.infra.local.conftest import Mini
from tests.infra.local.support import wait_for

pytestmark = pytest.mark.stack


def _post(mini: Mini, message: dict[str, Any]) -> None:
    with mini.stack.http() as http:
        answer = http.post(f"{mini.in_url}/messages", content=json.dumps(message))
    assert answer.status_code == 202


def _item(mini: Mini, identifier: str) -> dict[str, Any] | None:
    table = mini.stack.client("dynamodb")
    (name,) = table.list_tables()["TableNames"]
    key = {"tenant": {"S": "t"}, "id": {"S": identifier}}
    found: dict[str, Any] | None = table.get_item(TableName=name, Key=key, ConsistentRead=True).get(
        "Item"
    )
    return found


def _state(mini: Mini, identifier: str) -> str | None:
    return ((_item(mini, identifier) or {}).get("state") or {}).get("S")


def _execution(mini: Mini, name: str) -> dict[str, Any]:
    states = mini.stack.client("stepfunctions")
    (machine,) = states.list_state_machines()["stateMachines"]
    arn = machine["stateMachineArn"].replace(":stateMachine:", ":execution:")
    found: dict[str, Any] = states.describe_execution(executionArn=f"{arn}:{name}")
    return found


def test_message_runs_through_everything(mini: Mini) -> None:
    _post(mini, {"id": "whole", "fail": 1})
    wait_for(lambda: _state(mini, "whole") == "done")
    execution = wait_for(lambda: _ended(mini, "whole"))
    assert execution["status"] == "SUCCEEDED"
    output = json.loads(execution["output"])
    assert output["results"] == [{"part": 10}, {"part": 20}, {"part": 30}]
    item = _item(mini, "whole")
    assert item is not None
    assert item["attempts"] == {"N": "2"}
    table = mini.stack.client("dynamodb")
    (name,) = table.list_tables()["TableNames"]
    found = table.query(
        TableName=name,
        IndexName="by_state",
        KeyConditionExpression="tenant = :t AND #s = :s",
        ExpressionAttributeNames={"#s": "state"},
        ExpressionAttributeValues={":t": {"S": "t"}, ":s": {"S": "done"}},
    )["Items"]
    assert "whole" in [one["id"]["S"] for one in found]


def test_refusal_is_caught_and_a_choice_skips(mini: Mini) -> None:
    _post(mini, {"id": "refused", "refuse": True})
    _post(mini, {"id": "skipped", "skip": True})
    wait_for(lambda: _state(mini, "refused") == "held")
    wait_for(lambda: _state(mini, "skipped") == "done")
    output = json.loads(wait_for(lambda: _ended(mini, "refused"))["output"])
    assert output["error"]["Error"] == "Refused"
    assert "results" not in json.loads(wait_for(lambda: _ended(mini, "skipped"))["output"])


def test_poison_goes_to_the_dead_letters_and_the_rest_of_its_batch_does_not(mini: Mini) -> None:
    _post(mini, {"id": "poison"})
    _post(mini, {"id": "healthy"})
    wait_for(lambda: _state(mini, "healthy") == "done")
    queues = mini.stack.client("sqs")
    (dead,) = [url for url in queues.list_queues()["QueueUrls"] if "-Dead-" in url]
    messages = wait_for(
        lambda: queues.receive_message(
            QueueUrl=dead, AttributeNames=["All"], VisibilityTimeout=0
        ).get("Messages")
    )
    assert json.loads(messages[0]["Body"])["id"] == "poison"
    assert int(messages[0]["Attributes"]["ApproximateReceiveCount"]) >= 4


def test_name_of_an_ended_execution_stays_taken(mini: Mini) -> None:
    _post(mini, {"id": "named"})
    _post(mini, {"id": "named-too"})
    ended = wait_for(lambda: _ended(mini, "named"))
    wait_for(lambda: _ended(mini, "named-too"))
    states = mini.stack.client("stepfunctions")
    arn = ended["stateMachineArn"]
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(stateMachineArn=arn, name="named", input=ended["input"])
    listed = states.list_executions(stateMachineArn=arn, maxResults=1)
    assert len(listed["executions"]) == 1
    assert "nextToken" in listed
    events = states.get_execution_history(executionArn=ended["executionArn"])["events"]
    assert events[0]["type"] == "ExecutionStarted"
    assert events[-1]["type"] == "ExecutionSucceeded"


def test_limits_are_printed_once(mini: Mini) -> None:
    printed = mini.stack.printed
    assert printed.count("Known here, but not enforced:") == 1
    assert any("IAM" in line for line in printed)
    assert any("key policies" in line for line in printed)


def test_kill_of_everything_loses_nothing(own: Mini) -> None:
    """kill -9 of the supervisor ends all; the next start finds yesterday's data and goes on."""
    stack = own.stack
    stack.start()
    secrets = stack.client("secretsmanager")
    placeholder = secrets.get_secret_value(SecretId="mini/secret")["SecretString"]
    for value in ("one", "two", "three"):
        secrets.put_secret_value(SecretId="mini/secret", SecretString=value)
    _post(own, {"id": "before"})
    wait_for(lambda: _state(own, "before") == "done")
    _post(own, {"id": "during", "pause": 3})
    wait_for(lambda: _item(own, "during"))
    children = [*stack.children("infra.local.aws"), *stack.children("infra.local.gateway")]
    assert len(children) == 2
    stack.kill()
    wait_for(lambda: not any(_alive(pid) for pid in children))
    stack.start()
    assert _state(own, "before") == "done"
    assert _execution(own, "before")["status"] == "SUCCEEDED"
    wait_for(lambda: _state(own, "during") == "done")
    secrets = stack.client("secretsmanager")
    current = secrets.get_secret_value(SecretId="mini/secret")
    previous = secrets.get_secret_value(SecretId="mini/secret", VersionStage="AWSPREVIOUS")
    assert (current["SecretString"], previous["SecretString"]) == ("three", "two")
    assert placeholder not in {"one", "two", "three"}
    bucket = next(
        one["Name"]
        for one in stack.client("s3").list_buckets()["Buckets"]
        if "inbox" in one["Name"]
    )
    kept = stack.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    assert {one["Key"] for one in kept} == {"inbox/before", "inbox/during"}
    assert stack.stop() == 0


def test_kill_of_each_part_loses_nothing(own: Mini) -> None:
    """kill -9 of the endpoint, of the front, of a function's processes, while messages come in."""
    stack = own.stack
    stack.start()
    sent = []
    for round_, module in enumerate(("infra.local.aws", "infra.local.gateway")):
        for number in range(4):
            identifier = f"m{round_}-{number}"
            _post(own, {"id": identifier, "pause": 1})
            sent.append(identifier)
        stack.kill_child(module)
        wait_for(lambda: _serves(own))
    killed = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _is_function(int(entry.name), str(stack.assembly)):
            os.kill(int(entry.name), signal.SIGKILL)
            killed += 1
    assert killed
    wait_for(lambda: all(_state(own, one) == "done" for one in sent), seconds=60)
    assert stack.stop() == 0


def test_second_supervisor_and_taken_port_are_refused(own: Mini) -> None:
    own.stack.start()
    command = own.stack.command("up", "--assembly", str(own.stack.assembly), "--pki", "x")
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 2
    assert "already served" in second.stderr
    other = own.stack.folder / "other"
    command = [
        *command[:-1],
        str(other),
        *("--pki", str(own.stack.pki), "--aws-port", str(own.stack.aws_port)),
    ]
    third = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert third.returncode == 2
    assert f"port {own.stack.aws_port} (for the AWS endpoint) is taken" in third.stderr
    status = subprocess.run(own.stack.command("status"), capture_output=True, check=False)
    assert status.returncode == 0
    assert subprocess.run(own.stack.command("stop"), check=False, timeout=60).returncode == 0
    assert own.stack.process is not None
    assert own.stack.process.wait(60) == 0
    status = subprocess.run(own.stack.command("status"), capture_output=True, check=False)
    assert status.returncode == 1


def _ended(mini: Mini, name: str) -> dict[str, Any] | None:
    states = mini.stack.client("stepfunctions")
    (machine,) = states.list_state_machines()["stateMachines"]
    arn = machine["stateMachineArn"].replace(":stateMachine:", ":execution:")
    try:
        execution: dict[str, Any] = states.describe_execution(executionArn=f"{arn}:{name}")
    except states.exceptions.ExecutionDoesNotExist:
        return None
    return None if execution["status"] == "RUNNING" else execution


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _serves(mini: Mini) -> bool:
    try:
        with mini.stack.http(None) as http:
            return http.get(f"{mini.db_url}/open").status_code == 200
    except httpx.TransportError:
        return False


def _is_function(pid: int, assembly: str) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        folder = Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return False
    return b"worker.py" in command and folder.is_relative_to(assembly)
