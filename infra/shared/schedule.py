"""Functions on a schedule, and the ways in which somebody hears that one did not do its work.

Nobody waits for a scheduled function: one that times out, or is not called any more, is silent.
"""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations

from infra.shared.alarms import alarm
from infra.shared.function import DrimboxFunction
from infra.shared.names import named
from infra.shared.platform import Platform

# A call may fail once, and come late: the alarm waits for the third.
_MISSED: Final = 3


def on_schedule(
    function: DrimboxFunction, platform: Platform, *, rule: str, every: Duration, description: str
) -> None:
    """Call ``function`` at that rate, by a rule of that name.

    Three ways to hear of a fault: an alarm on a call that failed (a timeout too), one on three
    periods without a call that succeeded, where silence counts as failure, and the record of the
    call that failed for good, with its event, at the topic of all alarms.
    """
    events.Rule(
        function,
        "Schedule",
        rule_name=rule,
        description=description,
        schedule=events.Schedule.rate(every),
        targets=[targets.LambdaFunction(function.function)],
    )
    lambda_.EventInvokeConfig(
        function,
        "Told",
        function=function.function,
        on_failure=destinations.SnsDestination(platform.alarms),
    )
    function.function.add_to_role_policy(
        iam.PolicyStatement(
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[platform.stateful.keys.operations.key_arn],
        )
    )
    name = named(function.name)
    alarm(
        function,
        "Failed",
        f"{name} failed or ran out of time: see its log",
        _metric(name, "Errors", every),
        platform.alarms,
    )
    period = Duration.seconds(_MISSED * int(every.to_seconds()))
    alarm(
        function,
        "NoSuccess",
        f"{name} has not succeeded for {_MISSED} periods of its schedule, or is not called: its "
        "rule, its concurrency and its log tell why",
        cloudwatch.MathExpression(
            expression="calls - failures",
            using_metrics={
                "calls": _metric(name, "Invocations", period),
                "failures": _metric(name, "Errors", period),
            },
            period=period,
            label=f"calls of {name} that succeeded",
        ),
        platform.alarms,
        threshold=1,
        below=True,
        silence_is_fine=False,
    )


def _metric(function: str, name: str, period: Duration) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/Lambda",
        metric_name=name,
        dimensions_map={"FunctionName": function},
        period=period,
        statistic="Sum",
    )
