"""Hours without the DMP at many sites, days without a PACS at one: few transitions, soon over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.campaign.mutants import OF_WAITS, mutant
from tests.campaign.nation import Absence, play

pytestmark = pytest.mark.slow
MINUTE = timedelta(minutes=1)
# Step Functions gives back to its account in eu-west-3 so many starts and transitions a second
# (docs/decisions/0079).
STARTS_QUOTA = 150


def test_a_night_without_the_dmp_costs_a_site_little_and_is_over_soon() -> None:
    sites = Absence.of_the_dmp(60)
    # No other site is there: the ceiling of all is far away.
    alone = Absence(sites.service, sites.lasts, sites.sites, sites.studies, 60 * 50)
    story = play(alone)
    assert story.violations() == []
    assert max(story.drained) <= 25 * MINUTE


@pytest.mark.parametrize("studies", [50, 2000])
def test_days_without_a_pacs_cost_a_site_little_and_are_over_soon(studies: int) -> None:
    story = play(Absence.of_a_pacs(studies))
    assert story.violations() == []
    assert max(story.drained) <= 25 * MINUTE
    assert story.busiest <= 0.8 * STARTS_QUOTA


def test_a_site_with_thousands_that_wait_leaves_the_others_their_turn() -> None:
    """A tenant has one tick under way, which starts fifty changes at most."""
    alone = play(Absence("dmp", timedelta(hours=2), 20, 30, 100))
    beside = play(Absence("dmp", timedelta(hours=2), 20, 30, 100, largest=3000))
    assert (alone.violations(), beside.violations()) == ([], [])
    *others, largest = sorted(beside.drained)
    assert largest > max(others)
    assert max(others) <= max(alone.drained) + 2 * MINUTE


def test_the_ceiling_of_all_sites_is_never_passed() -> None:
    story = play(Absence("dmp", timedelta(hours=2), 40, 30, 10))
    assert story.violations() == []


@pytest.mark.parametrize("name", OF_WAITS)
def test_a_broken_wait_is_caught(name: str) -> None:
    absence = Absence("dmp", timedelta(hours=2), 6, 30, 3)
    assert play(absence).violations() == []
    with mutant(name):
        assert play(absence).violations() != []
