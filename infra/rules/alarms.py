"""Alarms: the events that must alert the platform's staff."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from infra.rules import flow
from infra.rules.assembly import Assembly, Finding, Resource, at, many

# Type of a resource → the metrics of it that an alarm must watch.
WATCHED: Final = {
    "AWS::Lambda::Function": ("Throttles",),
    "AWS::StepFunctions::StateMachine": (
        "ExecutionsFailed",
        "ExecutionsTimedOut",
        "ExecutionsAborted",
    ),
    "AWS::ApiGateway::RestApi": ("5XXError",),
    "AWS::CertificateManager::Certificate": ("DaysToExpiry",),
    "AWS::EC2::VPNConnection": ("TunnelState",),
}
# Calls of KMS after which data can no longer be read.
LOSING_A_KEY: Final = frozenset({"ScheduleKeyDeletion", "DisableKey"})
OWN: Final = ("ControlIdReused", "InternalFailures")
# An alarm on all tenants together has no dimension.
_ALL: Final = "all"
# A Metrics Insights query over every function of a region: one that filters covers none for sure.
_EVERY_FUNCTION: Final = re.compile(
    r'SELECT SUM\((\w+)\) FROM SCHEMA\("AWS/Lambda", FunctionName\)'
    r"( GROUP BY FunctionName ORDER BY SUM\(\) DESC)?"
)


def alarms(assembly: Assembly) -> Iterator[Finding]:
    """A18: dead letters, queue's age, failures of every function, workflow and API, certificates
    that end, ways to sites, keys taken away, and our functions' own counters: each has an alarm,
    and each alarm notifies.
    """
    watched = set(_metrics(assembly))
    for one in assembly.resources("AWS::CloudWatch::Alarm"):
        if not one.properties.get("AlarmActions"):
            yield at(one, "an alarm that nobody hears")
    for resource, metric in _wanted(assembly):
        if (metric, _identity(resource)) not in watched:
            yield at(resource, f"no alarm on {metric}")
    for policy in assembly.resources("AWS::SNS::TopicPolicy"):
        if not any(_lets_alarms_speak(one) for one in statements(policy)):
            yield at(policy, "alarms may not be announced: the topic's policy replaces the default")
    if not any(_hears_of_keys(rule) for rule in assembly.resources("AWS::Events::Rule")):
        yield Finding(assembly.stacks[0].name, "", "nobody hears that a key is taken away")
    for metric in OWN:
        if (metric, _ALL) not in watched:
            yield Finding(assembly.stacks[0].name, "", f"no alarm on {metric}")


def schedules(assembly: Assembly) -> Iterator[Finding]:
    """A18: somebody hears of a scheduled function that fails, or that does not succeed any more,
    and the record of a call that failed for good goes somewhere.
    """
    told = {
        assembly.pointed_by(one, "FunctionName")
        for one in assembly.resources("AWS::Lambda::EventInvokeConfig")
        if one.properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    }
    failing, silent = set[Resource | None](), set[Resource | None]()
    for alarm in assembly.resources("AWS::CloudWatch::Alarm"):
        for metric in _of_alarm(alarm.properties):
            for dimension in metric.get("Dimensions", []):
                function = assembly.target(alarm.stack, dimension["Value"])
                if metric["MetricName"] == "Errors" and "MetricName" in alarm.properties:
                    failing.add(function)
                if (
                    metric["MetricName"] == "Invocations"
                    and alarm.properties.get("TreatMissingData") == "breaching"
                ):
                    silent.add(function)
    for function in _scheduled(assembly):
        if function not in failing:
            yield at(function, "a scheduled function that fails unheard")
        if function not in silent:
            yield at(function, "a scheduled function whose silence nobody hears")
        if function not in told:
            yield at(function, "a scheduled function without a destination for its failures")


def _scheduled(assembly: Assembly) -> Iterator[Resource]:
    for rule in assembly.resources("AWS::Events::Rule"):
        if "ScheduleExpression" in rule.properties:
            for target in rule.properties.get("Targets", []):
                function = assembly.target(rule.stack, target["Arn"])
                if function is not None:
                    yield function


def _hears_of_keys(rule: Resource) -> bool:
    detail = rule.properties.get("EventPattern", {}).get("detail", {})
    enabled = rule.properties.get("State", "ENABLED") == "ENABLED"
    return (
        enabled
        and bool(rule.properties.get("Targets"))
        and detail.get("eventSource") == ["kms.amazonaws.com"]
        and set(detail.get("eventName", ())) >= LOSING_A_KEY
    )


def statements(policy: Resource) -> list[Any]:
    """The statements of a resource policy."""
    return many(policy.properties["PolicyDocument"].get("Statement"))


def _lets_alarms_speak(statement: Any) -> bool:
    principal = statement.get("Principal")
    services = many(principal.get("Service")) if isinstance(principal, dict) else []
    return statement.get("Effect") == "Allow" and "cloudwatch.amazonaws.com" in services


def _wanted(assembly: Assembly) -> Iterator[tuple[Resource, str]]:
    for kind, metrics in WATCHED.items():
        for resource in assembly.resources(kind):
            yield from ((resource, metric) for metric in metrics)
    treated = {queue for _, queue, _ in flow.consumers(assembly)}
    for queue in assembly.resources("AWS::SQS::Queue"):
        # Programs elsewhere read it: a function hears of the messages that none of them treats.
        if queue not in treated and flow.redrive(assembly, queue) in treated:
            continue
        dead = "RedrivePolicy" not in queue.properties
        yield (
            queue,
            "ApproximateNumberOfMessagesVisible" if dead else "ApproximateAgeOfOldestMessage",
        )


def _identity(resource: Resource) -> str:
    if resource.type == "AWS::ApiGateway::RestApi":
        return str(resource.properties["Name"])
    return f"${{{resource.stack}.{resource.logical_id}}}"


def _metrics(assembly: Assembly) -> Iterator[tuple[str, str]]:
    for alarm in assembly.resources("AWS::CloudWatch::Alarm"):
        for metric in _of_alarm(alarm.properties):
            for dimension in metric.get("Dimensions", [{"Value": _ALL}]):
                yield metric["MetricName"], assembly.text(alarm.stack, dimension["Value"])
        for part in alarm.properties.get("Metrics", []):
            query = _EVERY_FUNCTION.fullmatch(str(part.get("Expression")))
            if query:
                yield from ((query[1], one) for one in _functions_beside(assembly, alarm))


def _functions_beside(assembly: Assembly, alarm: Resource) -> Iterator[str]:
    """The functions of the alarm's region, of any stack."""
    regions = {stack.name: stack.region for stack in assembly.stacks}
    for function in assembly.resources("AWS::Lambda::Function"):
        if regions[function.stack] == regions[alarm.stack]:
            yield _identity(function)


def _of_alarm(properties: Any) -> Iterator[Any]:
    if "MetricName" in properties:
        yield properties
    for part in properties.get("Metrics", []):
        if "MetricStat" in part:
            yield part["MetricStat"]["Metric"]
