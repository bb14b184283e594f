"""The days that a stamp may mean, and the ends and starts that are past for certain."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.report.period import day_of, days, has_ended, has_started

TODAY = date(2024, 3, 1)


@pytest.mark.parametrize(
    ("stamp", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("202402", date(2024, 2, 1), date(2024, 2, 29)),
        ("20240229", date(2024, 2, 29), date(2024, 2, 29)),
        ("2024022912", date(2024, 2, 29), date(2024, 2, 29)),
        ("20240229123456.7891+0100", date(2024, 2, 29), date(2024, 2, 29)),
        ("2024+0100", date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_a_stamp_means_some_days(stamp: str, first: date, last: date) -> None:
    assert days(stamp) == (first, last)
    assert day_of(stamp) == (first if first == last else None)


@pytest.mark.parametrize(
    "stamp",
    [
        "",
        "0000",
        "24",
        "202413",
        "20230229",
        "20240100",
        "20240100x",
        "2024-01-01",
        "demain",
        "20240",
    ],
)
def test_another_text_is_no_date(stamp: str) -> None:
    with pytest.raises(ValueError):
        days(stamp)
    assert day_of(stamp) is None
    assert not has_ended(stamp, TODAY)


@pytest.mark.parametrize(
    ("end", "ended"),
    [("20240229", True), ("20240301", False), ("202402", True), ("202403", False), ("2023", True)],
)
def test_an_end_is_past_when_its_last_day_is(end: str, ended: bool) -> None:
    assert has_ended(end, TODAY) is ended
    assert not has_ended(end, None)


@pytest.mark.parametrize(
    ("start", "started"),
    [("", True), ("20240301", True), ("20240302", True), ("20240303", False), ("2024", True)],
)
def test_a_start_has_a_day_for_the_zones(start: str, started: bool) -> None:
    assert has_started(start, TODAY) is started
    assert has_started(start, None)


@given(st.dates(), st.dates())
def test_no_pair_of_days_is_too_far_apart(one: date, other: date) -> None:
    stamp = f"{one:%Y%m%d}".zfill(8)
    assert has_ended(stamp, other) is (one < other)
    assert has_started(stamp, other) or one > other
