"""How work flows: no message is lost, no step is without an end."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from infra.rules.assembly import Assembly, Finding, Resource, at, many

_FOURTEEN_DAYS: Final = 14 * 86400
# The shortest time after which work that fails may be given up: outages last for hours.
_PATIENCE: Final = 2 * 86400
_DEFAULT_VISIBILITY: Final = 30
# Of the 1000 concurrent executions of an account, 100 must stay unreserved.
_MOST_RESERVED: Final = 900
# Functions of state machines that can run by the thousand.
_BACKGROUND: Final = frozenset(
    {"drimbox-fetch-exam", "drimbox-fill-cache", "drimbox-reconcile-studies"}
)
# An execution's history holds 25,000 events, and an attempt is three of them.
MOST_ATTEMPTS: Final = 4000
# Errors by which a step says that somebody else is not ready.
_WAITING: Final = frozenset(
    {
        "StudyNotFoundYet",
        "StudyBusy",
        "SeriesNotReady",
        "PacsUnavailable",
        "PacsAnswerUnusable",
        "DmpUnavailable",
        "DmpOutcomeUnknown",
        "IdentityUnavailable",
    }
)
_LONGEST_WAIT: Final = 60  # seconds
# The workflows that may wait in their executions, each with the reason for which it ends soon.
_BOUNDED: Final = {
    "drimbox-fetch": "the session of the professional who opened the exam",
    "drimbox-import": "the same session",
    "drimbox-reconcile": "a page's tries, after which the run ends; a tenant has one a day",
}


def queues(assembly: Assembly) -> Iterator[Finding]:
    """A11: dead letters after days of deliveries, or where a function treats them, customer-managed
    key, TLS, 14 days, and time enough for the consumer.
    """
    dead_letters = {redrive(assembly, q) for q in assembly.resources("AWS::SQS::Queue")} - {None}
    over_tls = {
        assembly.text(policy.stack, queue)
        for policy in assembly.resources("AWS::SQS::QueuePolicy")
        if "aws:SecureTransport" in json.dumps(policy.properties["PolicyDocument"])
        for queue in policy.properties["Queues"]
    }
    treated = {queue for _, queue, _ in consumers(assembly)}
    for queue in assembly.resources("AWS::SQS::Queue"):
        properties, own = queue.properties, f"${{{queue.stack}.{queue.logical_id}}}"
        if queue not in dead_letters and redrive(assembly, queue) is None:
            yield at(queue, "no dead-letter queue")
        is_brief = "RedrivePolicy" in properties and _patience(queue) < _PATIENCE
        if is_brief and redrive(assembly, queue) not in treated:
            yield at(queue, "a failing message is given up within two days")
        if "KmsMasterKeyId" not in properties:
            yield at(queue, "no customer-managed key")
        if properties.get("MessageRetentionPeriod") != _FOURTEEN_DAYS:
            yield at(queue, "a message is not kept for 14 days")
        if own not in over_tls:
            yield at(queue, "plain HTTP is not refused")
    for mapping, queue, function in consumers(assembly):
        if _visibility(queue) < 6 * function.properties.get("Timeout", 3):
            yield at(mapping, "the visibility timeout is less than six times the consumer's")


def event_sources(assembly: Assembly) -> Iterator[Finding]:
    """A12: one bad message comes back alone, and a flood stays bounded."""
    for mapping in assembly.resources("AWS::Lambda::EventSourceMapping"):
        if mapping.properties.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield at(mapping, "a bad message takes its batch with it")
        if "MaximumConcurrency" not in mapping.properties.get("ScalingConfig", {}):
            yield at(mapping, "its concurrency is not bounded")


def concurrency(assembly: Assembly) -> Iterator[Finding]:
    """A17: every function that an API asks, and every one on a schedule or in the background, has a
    concurrency of its own, and enough is left; or none has one, in an account that is too small.
    """
    functions = list(assembly.resources("AWS::Lambda::Function"))
    reserved = {one: one.properties.get("ReservedConcurrentExecutions") for one in functions}
    if not any(number is not None for number in reserved.values()):
        return
    called = {
        assembly.pointed_by(permission, "FunctionName")
        for permission in assembly.resources("AWS::Lambda::Permission")
    }
    background = {one for one in functions if _name(one) in _BACKGROUND}
    for function in functions:
        if function in called | background and not reserved[function]:
            yield at(function, "no reserved concurrency")
    if sum(number or 0 for number in reserved.values()) > _MOST_RESERVED:
        yield Finding(assembly.stacks[0].name, "", "the reservations leave less than 100 of 1000")


def _name(function: Resource) -> str:
    return str(function.properties.get("FunctionName"))


def workflows(assembly: Assembly) -> Iterator[Finding]:
    """A13: Standard, bounded in time; every task times out, retries boundedly, is caught."""
    for machine in assembly.resources("AWS::StepFunctions::StateMachine"):
        definition = definition_of(assembly, machine)
        if machine.properties.get("StateMachineType") != "STANDARD":
            yield at(machine, "not a Standard workflow")
        if "TimeoutSeconds" not in definition:
            yield at(machine, "an execution may last for ever")
        found = dict(states_of(definition))
        caught = {catch["Next"] for state in found.values() for catch in state.get("Catch", [])}
        for name, state in found.items():
            if state["Type"] == "Task":
                for what in _faults(state, last_resort=name in caught):
                    yield at(machine, f"{name}: {what}")


def waits(assembly: Assembly) -> Iterator[Finding]:
    """A13: no execution waits for somebody else for more than a minute: its change is parked."""
    for machine in assembly.resources("AWS::StepFunctions::StateMachine"):
        if machine.properties.get("StateMachineName") in _BOUNDED:
            continue
        for name, state in states_of(definition_of(assembly, machine)):
            waited = [r for r in state.get("Retry", []) if _WAITING & set(r["ErrorEquals"])]
            if any(_seconds(retry) > _LONGEST_WAIT for retry in waited):
                yield at(machine, f"{name}: waits in its execution for more than a minute")


def _seconds(retry: Mapping[str, Any]) -> float:
    """The sum of the pauses of a Retry, none of them cut by chance."""
    first, rate = retry.get("IntervalSeconds", 1), retry.get("BackoffRate", 2)
    longest, attempts = retry.get("MaxDelaySeconds", math.inf), retry.get("MaxAttempts", 3)
    # A machine that tries so often waits for too long whatever its pauses are.
    tried = range(min(attempts, _LONGEST_WAIT + 1))
    return float(sum(min(first * rate**attempt, longest) for attempt in tried))


def definition_of(assembly: Assembly, machine: Resource) -> dict[str, Any]:
    """The state machine's definition (Amazon States Language)."""
    definition: dict[str, Any] = json.loads(
        assembly.text(machine.stack, machine.properties["DefinitionString"])
    )
    return definition


def states_of(definition: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every state by name, those inside a Map or Parallel too."""
    for name, state in definition["States"].items():
        yield name, state
        inner = [state["ItemProcessor"]] if "ItemProcessor" in state else state.get("Branches", [])
        for one in inner:
            yield from states_of(one)


def _faults(state: Mapping[str, Any], *, last_resort: bool) -> Iterator[str]:
    if "TimeoutSeconds" not in state:
        yield "no timeout"
    retries = state.get("Retry", [])
    if not retries:
        yield "no retry"
    for retry in retries:
        if retry.get("MaxAttempts", 3) > MOST_ATTEMPTS or "States.ALL" in retry["ErrorEquals"]:
            yield "a retry of everything, or for ever"
        if retry.get("JitterStrategy") != "FULL" or "MaxDelaySeconds" not in retry:
            yield "a retry without jitter or longest pause"
    catches = [name for catch in state.get("Catch", []) for name in catch["ErrorEquals"]]
    if "States.ALL" not in catches and not last_resort:
        yield "an error that nobody catches"


def redrive(assembly: Assembly, queue: Resource) -> Resource | None:
    """The queue that gets the dead letters of ``queue``."""
    policy = queue.properties.get("RedrivePolicy", {})
    return assembly.target(queue.stack, policy.get("deadLetterTargetArn"))


def _patience(queue: Resource) -> int:
    """Seconds until the dead letters get a message that no function treats, at the earliest."""
    deliveries: int = queue.properties["RedrivePolicy"].get("maxReceiveCount", 0)
    return deliveries * _visibility(queue)


def _visibility(queue: Resource) -> int:
    seconds: int = queue.properties.get("VisibilityTimeout", _DEFAULT_VISIBILITY)
    return seconds


def consumers(assembly: Assembly) -> Iterator[tuple[Resource, Resource, Resource]]:
    """Each event source mapping, its queue and its function."""
    for mapping in assembly.resources("AWS::Lambda::EventSourceMapping"):
        queue = assembly.pointed_by(mapping, "EventSourceArn")
        function = assembly.pointed_by(mapping, "FunctionName")
        if queue is not None and function is not None:
            yield mapping, queue, function


def error_names(assembly: Assembly) -> set[str]:
    """Every error name that a Retry or a Catch of any state machine waits for."""
    return {
        name
        for machine in assembly.resources("AWS::StepFunctions::StateMachine")
        for _, state in states_of(definition_of(assembly, machine))
        for handler in many(state.get("Retry")) + many(state.get("Catch"))
        for name in handler["ErrorEquals"]
    }
