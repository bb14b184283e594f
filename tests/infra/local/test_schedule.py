"""Schedule expressions, and what is called when."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.assembly import Assembly, Stack
from infra.local.functions.pool import FunctionPool
from infra.local.install import Install
from infra.local.schedule import Clockwork, Cron, read_expression, read_schedules
from infra.local.template import TemplateError, resolve
from tests.infra.local.support import ACCOUNT, REGION

START = datetime(2024, 2, 28, 23, 59, 30, tzinfo=UTC)  # a Wednesday of a leap year


@pytest.mark.parametrize(
    ("expression", "zone", "expected"),
    [
        ("rate(5 minutes)", "UTC", START + timedelta(minutes=5)),
        ("rate(1 day)", "UTC", START + timedelta(days=1)),
        ("cron(0 12 * * ? *)", "UTC", datetime(2024, 2, 29, 12, tzinfo=UTC)),
        ("cron(*/15 * * * ? *)", "UTC", datetime(2024, 2, 29, 0, 0, tzinfo=UTC)),
        ("cron(30 3 ? * MON-FRI *)", "UTC", datetime(2024, 2, 29, 3, 30, tzinfo=UTC)),
        ("cron(0 0 29 FEB ? *)", "UTC", datetime(2024, 2, 29, tzinfo=UTC)),
        ("cron(0 0 1 1 ? 2030)", "UTC", datetime(2030, 1, 1, tzinfo=UTC)),
        ("cron(0 8,20 ? * SUN *)", "UTC", datetime(2024, 3, 3, 8, tzinfo=UTC)),
        ("cron(30 1 * * ? *)", "Europe/Paris", datetime(2024, 2, 29, 0, 30, tzinfo=UTC)),
    ],
)
def test_next_time(expression: str, zone: str, expected: datetime) -> None:
    assert read_expression(expression, zone).after(START) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "rate(0 minutes)",
        "rate(5 weeks)",
        "at(2024-01-01T00:00:00)",
        "cron(0 12 * * ?)",
        "cron(0 0 L * ? *)",
        "cron(0 0 ? * 6#3 *)",
        "cron(60 0 * * ? *)",
        "cron(0 0 5-3 * ? *)",
        "cron(0/0 0 * * ? *)",
    ],
)
def test_unknown_expression(expression: str) -> None:
    with pytest.raises(TemplateError):
        read_expression(expression)


def test_impossible_date_is_refused() -> None:
    with pytest.raises(TemplateError, match="never"):
        read_expression("cron(0 0 30 2 ? *)").after(START)


@given(st.text() | st.text().map("cron({})".format))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    try:
        expression = read_expression(text)
    except TemplateError:
        return
    assert isinstance(expression, Cron) or expression.seconds > 0


@given(st.integers(0, 2_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)))
def test_next_time_is_later_and_matches(moment: datetime) -> None:
    found = read_expression("cron(7/20 5-6 ? * 2,4 *)").after(moment)
    assert found > moment
    assert (found.minute, found.hour, found.isoweekday()) in {
        (minute, hour, day) for minute in (7, 27, 47) for hour in (5, 6) for day in (1, 3)
    }


def _schedules(kind: str, **properties: Any) -> Any:
    template = {"Resources": {"One": {"Type": kind, "Properties": properties}}}
    stack = Stack("S", ACCOUNT, REGION, template)
    install = Install(Path("nowhere"), bytes(32))
    return read_schedules(resolve(Assembly(Path("nowhere"), (stack,)), install, "http://x"))


def test_rules_and_schedules() -> None:
    target = {"Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f", "Input": '{"a": 1}'}
    (one,) = _schedules(
        "AWS::Scheduler::Schedule", ScheduleExpression="rate(1 hour)", Target=target
    )
    assert (one.function, one.event(START)) == ("f", b'{"a": 1}')
    (two,) = _schedules(
        "AWS::Events::Rule", ScheduleExpression="rate(1 hour)", Targets=[{"Arn": "f", "Id": "1"}]
    )
    assert b'"time": "2024-02-28T23:59:30Z"' in two.event(START)
    assert not list(_schedules("AWS::Events::Rule", State="DISABLED", Targets=[{"Arn": "f"}]))
    with pytest.raises(TemplateError, match="only scheduled"):
        list(_schedules("AWS::Events::Rule", Targets=[{"Arn": "f"}]))
    with pytest.raises(TemplateError, match="more than is known"):
        list(
            _schedules(
                "AWS::Events::Rule",
                ScheduleExpression="rate(1 hour)",
                Targets=[{"Arn": "f", "InputPath": "$.x"}],
            )
        )


def test_due_schedules_are_called_once(tmp_path: Path) -> None:
    now = [START]
    (one,) = _schedules(
        "AWS::Events::Rule", ScheduleExpression="rate(1 minute)", Targets=[{"Arn": "absent"}]
    )
    clockwork = Clockwork(
        iter([one]), FunctionPool([], tmp_path / "logs", tmp_path / "scratch"), lambda: now[0]
    )
    assert clockwork.tick() == 0
    now[0] += timedelta(seconds=61)
    assert clockwork.tick() == 1
    assert clockwork.tick() == 0
    now[0] += timedelta(hours=1)
    assert clockwork.tick() == 1
