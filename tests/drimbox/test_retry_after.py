"""functions.drimbox.retry_after: the forms of the header, its bounds, and values to ignore."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.retry_after import LONGEST, wait, whole_seconds

AT = datetime(2026, 3, 2, 9, 30, 15, 250_000, tzinfo=UTC)
NONE = timedelta()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("600", timedelta(minutes=10)),
        (" 7 ", timedelta(seconds=7)),
        ("0", NONE),
        ("3600", LONGEST),
        ("3601", LONGEST),
        ("9999999999", LONGEST),
        ("Mon, 02 Mar 2026 09:40:15 GMT", timedelta(minutes=10, milliseconds=-250)),
        ("Monday, 02-Mar-26 09:40:15 GMT", timedelta(minutes=10, milliseconds=-250)),
        ("Mon Mar  2 09:40:15 2026", timedelta(minutes=10, milliseconds=-250)),
        ("Tue, 02 Mar 2027 09:40:15 GMT", LONGEST),
        ("Mon, 02 Mar 2026 09:30:15 GMT", NONE),
        ("Sun, 01 Mar 2026 09:30:15 GMT", NONE),
    ],
)
def test_seconds_and_dates_are_read(value: str, expected: timedelta) -> None:
    assert wait((value,), AT) == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "soon",
        "-1",
        "+10",
        "1.5",
        "10s",
        "10, 20",
        "٦٠٠",
        "99999999999999999999999",
        "Mon, 02 Mar 2026 09:40:15 CET",
        "Mon, 02 Mar 2026 09:40:15 +0200",
        "Mon, 32 Mar 2026 09:40:15 GMT",
        "Mon, 02 Abc 2026 09:40:15 GMT",
        "Mon, 02 Mar 0000 09:40:15 GMT",
        "Mon, 02 Mar 2026 25:40:15 GMT",
        "2026-03-02T09:40:15Z",
    ],
)
def test_anything_else_is_ignored(value: str) -> None:
    assert wait((value,), AT) == NONE


def test_of_several_the_longest_counts() -> None:
    assert wait(("10", "garbage", "40", "20"), AT) == timedelta(seconds=40)
    assert wait((), AT) == NONE


def test_our_own_header_is_a_whole_number_and_not_below_the_usual_one() -> None:
    assert whole_seconds((), AT, least=5) == 5
    assert whole_seconds(("2",), AT, least=5) == 5
    assert whole_seconds(("Mon, 02 Mar 2026 09:30:25 GMT",), AT, least=5) == 10
    assert whole_seconds(("90000",), AT, least=5) == 3600


@given(st.lists(st.text(max_size=40), max_size=3))
def test_any_value_gives_a_bounded_wait(values: list[str]) -> None:
    assert NONE <= wait(values, AT) <= LONGEST
