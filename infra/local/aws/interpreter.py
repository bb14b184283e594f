"""Moto's state machine interpreter, adapted to run here: clients, endings, JSONata."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any, Final

import boto3
import jsonata
from botocore.config import Config
from moto.core.config import default_user_config
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.jsonata import jsonata as moto_jsonata
from moto.stepfunctions.parser.asl.utils import boto_client
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication
from moto.stepfunctions.parser.utils import TMP_THREADS

from infra.local.aws.quotas import Bucket

MAX_CONNECTIONS: Final = 64


def install(
    endpoint: str,
    access_key_id: str,
    secret_access_key: str,
    ended: Callable[[Any], None],
    transitions: Bucket | None = None,
) -> None:
    """Let machines run, call our endpoint with our key, and tell ``ended`` of each ending.

    ``ended`` gets moto's execution in the thread that ran it, after its state was set. Each state
    that an execution enters takes of ``transitions``.
    """
    default_user_config["stepfunctions"] = {"execute_state_machine": True}

    @cache
    def client(service_name: str, region_name: str) -> Any:
        make: Any = boto3.client
        return make(
            service_name,
            region_name=region_name,
            endpoint_url=endpoint,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
            # A task may run for 15 minutes; the machine's own retries are the only ones.
            config=Config(
                parameter_validation=False,
                retries={"total_max_attempts": 1},
                connect_timeout=10,
                read_timeout=960,
                max_pool_connections=MAX_CONNECTIONS,
            ),
        )

    # The interpreter builds its clients with a fixed key and port: hand it ours.
    clients: Any = boto_client
    clients.boto3 = SimpleNamespace(
        client=lambda *, service_name, region_name, **_: client(service_name, region_name)
    )
    moto_jsonata._eval_jsonata = _evaluate

    def on_terminated(self: Any) -> None:
        self._reflect_execution_status()
        TMP_THREADS[:] = [thread for thread in TMP_THREADS if thread.is_alive()]
        ended(self.execution)
        for machine in self.execution.state_machine.backend.state_machines:
            if machine.arn == self.execution.state_machine.arn and (
                self.execution in machine.executions
            ):
                machine.executions.remove(self.execution)

    endings: Any = BaseExecutionWorkerCommunication
    endings.terminated = on_terminated
    if transitions is not None:
        _throttle(transitions)


def _throttle(transitions: Bucket) -> None:
    states: Any = CommonStateField
    details = states._get_state_entered_event_details

    def entered(self: Any, env: Any) -> Any:
        transitions.wait()
        return details(self, env)

    states._get_state_entered_event_details = entered


def _evaluate(expression: str) -> Any:
    """A JSONata expression's value, by the Python implementation instead of the Java one."""
    try:
        return jsonata.Jsonata(expression).evaluate(None)
    except Exception as error:
        raise moto_jsonata.JSONataException("UNKNOWN", str(error)) from error
