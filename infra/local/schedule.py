"""Schedules: EventBridge rules that call a function at a fixed rate."""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from infra.local.child import vital
from infra.local.functions.pool import FunctionPool, ThrottledError, UnknownFunctionError
from infra.local.template import Deployment, Resource, TemplateError, function_name

_SECONDS: Final[Mapping[str, int]] = {"minute": 60, "hour": 3600, "day": 86_400}


def read_rate(text: str) -> timedelta:
    """The period of a ``rate(…)`` expression.

    Raises:
        TemplateError: the expression is of another kind; no rule of the templates has one.
    """
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", text, re.ASCII)
    if rate is None or int(rate[1]) == 0:
        raise TemplateError("a schedule expression is not known here")
    return timedelta(seconds=int(rate[1]) * _SECONDS[rate[2]])


@dataclass(frozen=True, slots=True)
class Schedule:
    """A rule: the function that it calls, how often, and with which payload (JSON)."""

    name: str
    period: timedelta
    function: str
    payload: str | None
    arn: str
    account: str
    region: str

    def event(self, moment: datetime) -> bytes:
        """The payload of one call."""
        if self.payload is not None:
            return self.payload.encode()
        return json.dumps(
            {
                "version": "0",
                "id": str(uuid.uuid4()),
                "detail-type": "Scheduled Event",
                "source": "aws.events",
                "account": self.account,
                "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "region": self.region,
                "resources": [self.arn],
                "detail": {},
            }
        ).encode()


def read_schedules(deployment: Deployment) -> Iterator[Schedule]:
    """Every enabled rule with a schedule.

    Raises:
        TemplateError: a rule without a rate, or a target with more than a function and its input.
    """
    for resource in deployment.of_type("AWS::Events::Rule"):
        properties = resource.properties
        if properties.get("State", "ENABLED") != "ENABLED":
            continue
        if "EventPattern" in properties and "ScheduleExpression" not in properties:
            continue  # the catalogue says that nothing is watched here
        if "ScheduleExpression" not in properties:
            raise TemplateError(f"{resource.place}: only scheduled rules are known here")
        period = read_rate(str(properties["ScheduleExpression"]))
        for target in properties.get("Targets", []):
            yield _schedule(resource, period, target)


def _schedule(resource: Resource, period: timedelta, target: dict[str, Any]) -> Schedule:
    if not target.keys() <= {"Id", "Arn", "Input", "RoleArn", "RetryPolicy", "DeadLetterConfig"}:
        raise TemplateError(f"{resource.place}: a target says more than is known here")
    return Schedule(
        name=resource.reference,
        period=period,
        function=function_name(str(target["Arn"])),
        payload=target.get("Input"),
        arn=resource.attributes["Arn"],
        account=resource.account,
        region=resource.region,
    )


class Clockwork:
    """Calls the functions of schedules when their time comes."""

    def __init__(
        self,
        schedules: Iterator[Schedule],
        functions: FunctionPool,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._functions = functions
        self._now = now
        self._next = [(now() + one.period, one) for one in schedules]

    def start(self) -> None:
        """Start the thread; it ends with the process."""
        vital(self._run)

    def tick(self) -> int:
        """Call the functions of the rules that are due; returns their number.

        A call that was missed while this process was down is not made up for.
        """
        now = self._now()
        due = [one for at, one in self._next if at <= now]
        self._next = [(now + one.period, one) if at <= now else (at, one) for at, one in self._next]
        for one in due:
            threading.Thread(target=self._call, args=(one, one.event(now)), daemon=True).start()
        return len(due)

    def _run(self) -> None:
        while True:
            time.sleep(0.5)
            self.tick()

    def _call(self, schedule: Schedule, event: bytes) -> None:
        try:
            self._functions.invoke(schedule.function, event)
        except (ThrottledError, UnknownFunctionError):
            print(f"the schedule {schedule.name} could not call its function", flush=True)
