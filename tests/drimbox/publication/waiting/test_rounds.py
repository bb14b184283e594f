"""A round that has no time for all tenants reaches each of them within some rounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from functions.drimbox.publication.waiting.rounds import in_turn

AT = datetime(2026, 11, 29, 9, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("number", [0, 1, 2, 7])
def test_a_round_goes_through_all_once(number: int) -> None:
    for hour in range(5):
        assert sorted(in_turn(range(number), AT + hour * HOUR)) == list(range(number))


@pytest.mark.parametrize(("number", "reached"), [(5000, 500), (5000, 97), (30, 3), (5000, 2500)])
def test_rounds_that_reach_a_part_reach_all_in_the_end(number: int, reached: int) -> None:
    """It takes at most twice the rounds that the parts need without overlap, from any hour on."""
    for day in range(5):
        seen: set[int] = set()
        for hour in range(2 * -(-number // reached)):
            seen.update(
                in_turn(range(number), AT + timedelta(days=90 * day) + hour * HOUR)[:reached]
            )
        assert len(seen) == number
