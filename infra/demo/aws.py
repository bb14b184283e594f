"""The local AWS endpoint, as the platform's own tools would use it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
import botocore.session

from functions.drimbox.publication.change import PARKED, Step
from infra.admin.secret_stores import Stores

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

REGION: Final = "eu-west-3"
WORKFLOW: Final = "drimbox-publish"


def session(home: Path) -> boto3.session.Session:
    """A session with the credentials that this installation made for itself."""
    made = botocore.session.Session()
    made.set_config_variable("credentials_file", str(home / "credentials"))
    return boto3.session.Session(botocore_session=made, region_name=REGION)


def secret_stores(home: Path, endpoint: str) -> Stores:
    """The stores of secrets of the stack whose data is in ``home``."""
    made = session(home)
    s3 = made.client("s3", endpoint_url=endpoint)
    names = [one["Name"] for one in s3.list_buckets()["Buckets"]]
    [bucket] = [name for name in names if name.startswith("drimbox-secrets-")]
    return Stores(made.client("secretsmanager", endpoint_url=endpoint), s3, bucket)


def invoke(home: Path, endpoint: str, function: str, payload: dict[str, Any]) -> Any:
    """Call a function of the stack whose data is in ``home``; its answer."""
    made: Any = session(home)
    called = made.client("lambda", endpoint_url=endpoint)
    answer = called.invoke(FunctionName=function, Payload=json.dumps(payload).encode())
    return json.loads(answer["Payload"].read())


def step_functions(home: Path, endpoint: str) -> SFNClient:
    """Step Functions of the stack whose data is in ``home``."""
    return session(home).client("stepfunctions", endpoint_url=endpoint)


@dataclass(frozen=True, slots=True)
class Left:
    """A state that an execution has left. ``parked``: the publication waits, and the execution has
    ended; another one goes on at that state.
    """

    name: str
    parked: bool


def steps_of(client: SFNClient, study_instance_uid: str) -> list[Left]:
    """The states that the study's latest publication has left, in order."""
    machines = client.list_state_machines()["stateMachines"]
    machine = next(m["stateMachineArn"] for m in machines if m["name"] == WORKFLOW)
    found: list[Left] = []
    # The youngest one comes first.
    for execution in client.list_executions(stateMachineArn=machine)["executions"]:
        arn = execution["executionArn"]
        state = json.loads(client.describe_execution(executionArn=arn).get("input", "{}"))
        if state.get("study_instance_uid") == study_instance_uid:
            events = client.get_execution_history(executionArn=arn)["events"]
            exits = (e["stateExitedEventDetails"] for e in events if e["type"] == "TaskStateExited")
            found = [Left(one["name"], _parks(one.get("output", "{}"))) for one in exits] + found
            if state.get("at") == Step.READ_REPORT:
                break
    return found


def _parks(output: str) -> bool:
    return bool(json.loads(output).get("outcome") == PARKED)
