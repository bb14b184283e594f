"""Times as a person reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.pages.kit.times import clock, day, duration, moment, since

PARIS = ZoneInfo("Europe/Paris")
AT = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("time", "french", "english"),
    [
        (timedelta(0), "0 s", "0 s"),
        (timedelta(seconds=-5), "0 s", "0 s"),
        (timedelta(seconds=59.4), "59 s", "59 s"),
        (timedelta(seconds=60), "1 min", "1 min"),
        (timedelta(minutes=4, seconds=10), "4 min 10 s", "4 min 10 s"),
        (timedelta(hours=1, seconds=10), "1 h", "1 h"),
        (timedelta(days=2, hours=3, minutes=4), "2 j 3 h", "2 d 3 h"),
    ],
)
def test_a_duration_is_its_two_largest_units(time: timedelta, french: str, english: str) -> None:
    assert duration(time, "fr").replace("\xa0", " ") == french
    assert duration(time, "en").replace("\xa0", " ") == english


@given(st.timedeltas())
def test_any_duration_has_one_or_two_units(time: timedelta) -> None:
    assert len(duration(time, "fr").split(" ")) in {1, 2}


def test_a_moment_is_that_of_the_site() -> None:
    assert moment(AT, PARIS, "fr") == (
        '<time datetime="2026-07-01T22:30:00+00:00">02/07/2026 00:30</time>'
    )
    assert "2026-07-02 00:30" in moment(AT, PARIS, "en")
    assert clock(AT, PARIS) == '<time datetime="2026-07-01T22:30:00+00:00">00:30</time>'
    assert since(AT, AT + timedelta(minutes=3), PARIS, "fr").startswith("il y a 3\xa0min ")
    assert since(AT, AT + timedelta(minutes=3), PARIS, "en").startswith("3\xa0min ago ")


def test_a_day_that_is_none_stays_as_it_is() -> None:
    assert day("19790328", "fr") == "28/03/1979"
    assert day("19790328", "en") == "1979-03-28"
    assert day("<1979>", "fr") == "<1979>"
