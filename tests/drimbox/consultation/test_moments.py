"""Times of the DMP's entries, as precise as they are."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.consultation.moments import (
    first_day,
    last_day,
    may_lie_between,
    moment,
)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("20261112101530+0100", "202611121015"),
        (" 202611121015 ", "202611121015"),
        ("20261112101530.25", "202611121015"),
        ("2026111210", "20261112"),
        ("202611122460", "20261112"),
        ("202611121061", "20261112"),
        ("20261112", "20261112"),
        ("202611", "202611"),
        ("2026", "2026"),
        ("20261301", ""),
        ("20260230", ""),
        ("0000", ""),
        ("202", ""),
        ("202611121015300", ""),
        ("12/11/2026", ""),
        ("", ""),
    ],
)
def test_a_moment_is_as_precise_as_it_is_written(text: str, read: str) -> None:
    assert moment(text) == read


def test_a_moment_without_a_day_may_be_any_of_its_days() -> None:
    assert (first_day("2024"), last_day("2024")) == (date(2024, 1, 1), date(2024, 12, 31))
    assert (first_day("202402"), last_day("202402")) == (date(2024, 2, 1), date(2024, 2, 29))
    assert first_day("202402051010") == last_day("202402051010") == date(2024, 2, 5)


@pytest.mark.parametrize(
    ("text", "first", "last", "inside"),
    [
        ("", date(2026, 1, 1), date(2026, 1, 1), True),
        ("20260101", None, None, True),
        ("20260101", date(2026, 1, 1), date(2026, 1, 1), True),
        ("20251231", date(2026, 1, 1), None, False),
        ("20260102", None, date(2026, 1, 1), False),
        ("2025", date(2025, 12, 31), None, True),
        ("2026", None, date(2025, 12, 31), False),
    ],
)
def test_a_moment_lies_between_days(
    text: str, first: date | None, last: date | None, inside: bool
) -> None:
    assert may_lie_between(text, first, last) is inside


@given(st.text(st.characters(codec="utf-8"), max_size=20) | st.from_regex(r"[0-9]{0,16}"))
def test_any_text_is_read_and_a_moment_reads_itself(text: str) -> None:
    read = moment(text)
    assert moment(read) == read
    assert not read or first_day(read) <= last_day(read)
