"""Schedules: rates, the rules of the templates, and the calls that are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.assembly import Assembly, Stack
from infra.local.functions.pool import FunctionPool
from infra.local.install import Install
from infra.local.schedule import Clockwork, read_rate, read_schedules
from infra.local.template import TemplateError, resolve
from tests.infra.local.support import ACCOUNT, REGION

START = datetime(2024, 2, 28, 23, 59, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [("rate(5 minutes)", timedelta(minutes=5)), ("rate(1 day)", timedelta(days=1))],
)
def test_rate(expression: str, expected: timedelta) -> None:
    assert read_rate(expression) == expected


@pytest.mark.parametrize(
    "expression",
    ["rate(0 minutes)", "rate(5 weeks)", "at(2024-01-01T00:00:00)", "cron(0 12 * * ? *)"],
)
def test_unknown_expression(expression: str) -> None:
    with pytest.raises(TemplateError):
        read_rate(expression)


@given(st.text() | st.text().map("rate({})".format))
def test_any_text_is_a_rate_or_refused(text: str) -> None:
    try:
        period = read_rate(text)
    except TemplateError:
        return
    assert period > timedelta()


def _schedules(**properties: Any) -> Any:
    resource = {"Type": "AWS::Events::Rule", "Properties": properties}
    stack = Stack("S", ACCOUNT, REGION, {"Resources": {"One": resource}})
    install = Install(Path("nowhere"), bytes(32))
    return read_schedules(resolve(Assembly(Path("nowhere"), (stack,)), install, "http://x"))


def test_rules() -> None:
    target = {"Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f", "Input": '{"a": 1}'}
    (one,) = _schedules(ScheduleExpression="rate(1 hour)", Targets=[target])
    assert (one.function, one.event(START)) == ("f", b'{"a": 1}')
    (two,) = _schedules(ScheduleExpression="rate(1 hour)", Targets=[{"Arn": "f", "Id": "1"}])
    assert b'"time": "2024-02-28T23:59:30Z"' in two.event(START)
    assert not list(_schedules(State="DISABLED", Targets=[{"Arn": "f"}]))
    assert not list(_schedules(EventPattern={"source": ["aws.kms"]}, Targets=[{"Arn": "f"}]))
    with pytest.raises(TemplateError, match="only scheduled"):
        list(_schedules(Targets=[{"Arn": "f"}]))
    with pytest.raises(TemplateError, match="more than is known"):
        list(
            _schedules(
                ScheduleExpression="rate(1 hour)", Targets=[{"Arn": "f", "InputPath": "$.x"}]
            )
        )


def test_due_schedules_are_called_once(tmp_path: Path) -> None:
    now = [START]
    (one,) = _schedules(ScheduleExpression="rate(1 minute)", Targets=[{"Arn": "absent"}])
    clockwork = Clockwork(
        iter([one]), FunctionPool([], tmp_path / "logs", tmp_path / "scratch"), lambda: now[0]
    )
    assert clockwork.tick() == 0
    now[0] += timedelta(seconds=61)
    assert clockwork.tick() == 1
    assert clockwork.tick() == 0
    now[0] += timedelta(hours=1)
    assert clockwork.tick() == 1
