"""Why something did not come: the state of a stack in words, for the failure of a test."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tests.flows.stack import LocalStack

# Executions, and lines of each log, that are shown.
_MOST: Final = 10
_EVENTS: Final = 8
_LINES: Final = 6
_TOLD: Final = ('"level":"ERROR"', '"level":"WARNING"', '"step stopped"', '"waits woken"')
_LOOKED_AT: Final = {"tenant", "wait", "thing", "since", "due_at", "until", "not_before", "wake"}


def why(stack: LocalStack, message_id: str = "") -> str:
    """The entry of the message, the records and jobs of its studies, the circuits, the waits and
    their tickers, the executions that run, the queues, and the functions' last complaints.

    Without a message: of everything. A part that cannot be told (its process is away) says so.
    """
    parts: dict[str, Callable[[], Iterator[str]]] = {
        "entry": lambda: _entry(stack, message_id),
        "records": lambda: _records(stack, message_id),
        "jobs": lambda: _jobs(stack, message_id),
        "circuits": lambda: _circuits(stack),
        "waits": lambda: _waits(stack),
        "executions": lambda: _executions(stack, message_id),
        "queues": lambda: _queues(stack),
        "logs": lambda: _logs(stack),
    }
    return "\n".join(f"  {name}: {_told(tell)}" for name, tell in parts.items())


def _told(tell: Callable[[], Iterator[str]]) -> str:
    lines: list[str] = []
    try:
        lines += tell()
    except Exception as error:  # noqa: BLE001  # the test's own failure is what counts
        lines.append(f"cannot be told: {type(error).__name__}: {error}")
    return "\n    ".join(["", *lines]) if lines else "none"


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    """An item of DynamoDB without its types."""
    return {name: _value(value) for name, value in sorted(item.items())}


def _value(value: dict[str, Any]) -> Any:
    [(kind, content)] = value.items()
    if kind == "M":
        return _plain(content)
    return [_value(one) for one in content] if kind == "L" else content


def _items(stack: LocalStack, table: str) -> Iterator[dict[str, Any]]:
    pages = stack.aws["dynamodb"].get_paginator("scan")
    for page in pages.paginate(TableName=stack.table(table), ConsistentRead=True):
        yield from map(_plain, page["Items"])


def _studies(stack: LocalStack, message_id: str) -> set[str] | None:
    """The message's studies, None for all of them."""
    entry = stack.entry(message_id) if message_id else None
    return set(entry.studies) if entry is not None else None


def _entry(stack: LocalStack, message_id: str) -> Iterator[str]:
    if message_id:
        yield str(stack.entry(message_id))
        return
    for one in _items(stack, "Messages"):
        if one["tenant_state"].endswith("#in_progress"):
            yield f"{one['message_id']} in progress: {one['studies']}"


def _records(stack: LocalStack, message_id: str) -> Iterator[str]:
    wanted = _studies(stack, message_id)
    for one in _items(stack, "Studies"):
        uid = one["study_instance_uid"]
        if uid in (wanted or ()) or (wanted is None and "pending" in one):
            parts = sorted(one.keys() & {"current", "withdrawn"})
            yield f"{uid} has {parts}, pending: {json.dumps(one.get('pending'))}"


def _jobs(stack: LocalStack, message_id: str) -> Iterator[str]:
    wanted = _studies(stack, message_id)
    for one in _items(stack, "Jobs"):
        facts = one.pop("facts")
        if facts["study"] in (wanted or ()) or (wanted is None and one["state"] != "answered"):
            shown = ("state", "due_at", "ready_at", "attempts", "lost", "sent", "reason")
            yield f"{facts['series']} {[f'{name}={one[name]}' for name in shown]}"


def _circuits(stack: LocalStack) -> Iterator[str]:
    return map(json.dumps, _items(stack, "Circuits"))


def _waits(stack: LocalStack) -> Iterator[str]:
    """Each tenant's ticker whole; of a wait what its tick looks at."""
    for one in _items(stack, "Waits"):
        if one["wait"] == "ticker":
            yield json.dumps(one)
        elif one["wait"].startswith("wait#"):
            yield json.dumps({name: one[name] for name in sorted(one.keys() & _LOOKED_AT)})


def _executions(stack: LocalStack, message_id: str) -> Iterator[str]:
    states = stack.aws["stepfunctions"]
    for machine in states.list_state_machines()["stateMachines"]:
        running = states.list_executions(
            stateMachineArn=machine["stateMachineArn"], statusFilter="RUNNING"
        )["executions"]
        for one in running[:_MOST]:
            arn = one["executionArn"]
            given = states.describe_execution(executionArn=arn)["input"]
            if message_id in given:
                history = states.get_execution_history(
                    executionArn=arn, maxResults=_EVENTS, reverseOrder=True
                )
                events = [_event(event) for event in reversed(history["events"])]
                yield f"{given}: {', '.join(events)}"


def _event(event: dict[str, Any]) -> str:
    """``TaskFailed(PacsUnavailable) at 10:00:01``."""
    details: dict[str, Any] = next(
        (value for key, value in event.items() if key.endswith("EventDetails")), {}
    )
    said = details.get("name") or details.get("error") or ""
    return f"{event['type']}({said}) at {event['timestamp']:%H:%M:%S}"


def _queues(stack: LocalStack) -> Iterator[str]:
    sqs = stack.aws["sqs"]
    for url in sqs.list_queues()["QueueUrls"]:
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        waiting = {name: n for name, n in found.items() if "NumberOfMessages" in name and n != "0"}
        if waiting:
            yield f"{url.rpartition('/')[2]}: {waiting}"


def _logs(stack: LocalStack) -> Iterator[str]:
    for path in sorted((stack.layout.home / "logs").iterdir()):
        lines = path.read_text(errors="replace").splitlines()
        is_function = path.name.startswith("drimbox-")
        told = [one for one in lines if not is_function or any(mark in one for mark in _TOLD)]
        for line in told[-_LINES:]:
            yield f"{path.name}: {line[:400]}"
