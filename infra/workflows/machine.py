"""Common parts of the state machines."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.shared.acknowledge import acknowledge_resources
from infra.shared.alarms import alarm
from infra.shared.function import DrimboxFunction, retention
from infra.shared.names import named
from infra.shared.platform import Platform
from infra.shared.retained import retained


def state_machine(
    scope: Construct,
    name: str,
    platform: Platform,
    *,
    start: sfn.IChainable,
    functions: Sequence[DrimboxFunction],
    comment: str,
    timeout: Duration,
) -> sfn.StateMachine:
    """A Standard state machine ``drimbox-<name>`` that calls ``functions``.

    Its log holds events, never their data.
    """
    log = logs.LogGroup(
        scope,
        "Log",
        log_group_name=f"/aws/vendedlogs/states/{named(name)}",
        retention=retention(platform.deployment.log_retention_days),
        encryption_key=platform.stateful.keys.operations,
    )
    machine = sfn.StateMachine(
        scope,
        "Machine",
        state_machine_name=named(name),
        state_machine_type=sfn.StateMachineType.STANDARD,
        definition_body=sfn.DefinitionBody.from_chainable(start),
        comment=comment,
        timeout=timeout,
        tracing_enabled=True,
        logs=sfn.LogOptions(
            destination=retained(log),
            level=sfn.LogLevel.ALL,
            include_execution_data=False,
        ),
    )
    retained(machine)
    versions = [f"{function.function.function_arn}:*" for function in functions]
    acknowledge_resources(
        machine,
        {
            "*": "Delivery of logs and X-Ray know no resources.",
            **dict.fromkeys(versions, "The function's versions, of which it has none."),
        },
    )
    for construct_id, how, metric in (
        ("Failing", "fail", machine.metric_failed()),
        ("TimingOut", "time out", machine.metric_timed_out()),
        ("Aborted", "are aborted", machine.metric_aborted()),
    ):
        meaning = f"Executions of the workflow {name} {how}: replay what they left in progress"
        alarm(scope, construct_id, meaning, metric, platform.alarms)
    return machine
