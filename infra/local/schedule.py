"""Schedules: rules and EventBridge Scheduler schedules that call functions, in UTC or a zone.

("Schedule types on EventBridge Scheduler": rate and cron expressions.)
"""

import json
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from infra.local.child import vital
from infra.local.functions.pool import FunctionPool, ThrottledError, UnknownFunctionError
from infra.local.template import Deployment, Resource, TemplateError, function_name

_UNITS = {"minute": 60, "hour": 3600, "day": 86_400}
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
# Longest look-ahead of a cron expression: a leap day.
_HORIZON_DAYS = 366 * 8


@dataclass(frozen=True, slots=True)
class Rate:
    """Every `seconds` seconds, the first time that long after the start."""

    seconds: int

    def after(self, moment: datetime) -> datetime:
        """The next time after `moment`."""
        return moment + timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class Cron:
    """The minutes, hours, days and so on at which a time matches; None: every one."""

    minutes: frozenset[int] | None
    hours: frozenset[int] | None
    days: frozenset[int] | None
    months: frozenset[int] | None
    weekdays: frozenset[int] | None  # 1 is Sunday
    years: frozenset[int] | None
    zone: ZoneInfo

    def after(self, moment: datetime) -> datetime:
        """The next time after `moment`.

        Raises:
            TemplateError: there is none within eight years.
        """
        local = moment.astimezone(self.zone).replace(second=0, microsecond=0)
        candidate = local + timedelta(minutes=1)
        day = candidate.replace(hour=0, minute=0)
        for _ in range(_HORIZON_DAYS):
            if self._matches_day(day):
                for hour in sorted(self.hours or range(24)):
                    for minute in sorted(self.minutes or range(60)):
                        found = day.replace(hour=hour, minute=minute)
                        if found >= candidate:
                            return found.astimezone(UTC)
            day += timedelta(days=1)
        raise TemplateError("a cron expression never matches")

    def _matches_day(self, day: datetime) -> bool:
        weekday = day.isoweekday() % 7 + 1
        wanted = (
            (self.years, day.year),
            (self.months, day.month),
            (self.days, day.day),
            (self.weekdays, weekday),
        )
        return all(values is None or value in values for values, value in wanted)


def read_expression(text: str, zone: str = "UTC") -> Rate | Cron:
    """A `rate(…)` or `cron(…)` expression.

    Raises:
        TemplateError: another kind, or a field (L, W, #) that is not known here.
    """
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", text, re.ASCII)
    if rate and int(rate[1]) > 0:
        return Rate(int(rate[1]) * _UNITS[rate[2]])
    cron = re.fullmatch(r"cron\((.+)\)", text)
    fields = cron[1].split() if cron else []
    if len(fields) != 6:
        raise TemplateError("a schedule expression is not known here")
    minutes, hours, days, months, weekdays, years = fields
    return Cron(
        _field(minutes, 0, 59),
        _field(hours, 0, 23),
        _field(days, 1, 31),
        _field(months, 1, 12, _MONTHS),
        _field(weekdays, 1, 7, _DAYS),
        _field(years, 1970, 2199),
        ZoneInfo(zone),
    )


def _field(text: str, low: int, high: int, names: list[str] | None = None) -> frozenset[int] | None:
    if text in {"*", "?"}:
        return None
    values: set[int] = set()
    for item in text.split(","):
        span, _, step = item.partition("/")
        first, _, last = span.partition("-")
        start = low if first == "*" else _number(first, names)
        end = _number(last, names) if last else (high if step or first == "*" else start)
        stride = _number(step, None) if step else 1
        if not low <= start <= end <= high or stride < 1:
            raise TemplateError("a field of a cron expression is out of range")
        values.update(range(start, end + 1, stride))
    return frozenset(values)


def _number(text: str, names: list[str] | None) -> int:
    if names is not None and text.upper() in names:
        return names.index(text.upper()) + 1
    if not re.fullmatch(r"\d{1,4}", text, re.ASCII):
        raise TemplateError("a field of a cron expression is not known here")
    return int(text)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A function and when it is called with what (JSON)."""

    name: str
    expression: Rate | Cron
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
    """Every enabled schedule.

    Raises:
        TemplateError: a target that is not a function, or an expression that is not known.
    """
    for resource in deployment.of_type("AWS::Events::Rule", "AWS::Scheduler::Schedule"):
        properties = resource.properties
        if properties.get("State", "ENABLED") != "ENABLED":
            continue
        if "ScheduleExpression" not in properties:
            raise TemplateError(f"{resource.place}: only scheduled rules are known here")
        zone = str(properties.get("ScheduleExpressionTimezone", "UTC"))
        expression = read_expression(str(properties["ScheduleExpression"]), zone)
        target = properties.get("Target")
        for one in [target] if target else properties.get("Targets", []):
            yield _schedule(resource, expression, one)


def _schedule(resource: Resource, expression: Rate | Cron, target: dict[str, Any]) -> Schedule:
    if not target.keys() <= {"Id", "Arn", "Input", "RoleArn", "RetryPolicy", "DeadLetterConfig"}:
        raise TemplateError(f"{resource.place}: a target says more than is known here")
    return Schedule(
        name=resource.reference,
        expression=expression,
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
        self._next = [(one.expression.after(now()), one) for one in schedules]

    def start(self) -> None:
        """Start the thread; it ends with the process."""
        vital(self._run)

    def tick(self) -> int:
        """Call what is due; how many. A time that passed while nothing ran is not made up for."""
        now = self._now()
        due = [one for at, one in self._next if at <= now]
        self._next = [
            (one.expression.after(now), one) if at <= now else (at, one) for at, one in self._next
        ]
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
