"""Hours of an outage, in short: nothing lost, nothing twice, few calls to the absent service."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.campaign.__main__ import main
from tests.campaign.mutants import OF_OUTAGES, mutant
from tests.campaign.outage import Outage, play
from tests.fakes.kept import kept

pytestmark = pytest.mark.slow
DMP = Outage("dmp", timedelta(hours=8), 100)
ALONE = Outage("dmp", timedelta(hours=4), 40, alone=True)


@pytest.fixture(autouse=True)
def _kept() -> Iterator[None]:
    with kept():
        yield


@pytest.mark.parametrize("outage", [DMP, Outage("pacs", timedelta(hours=24), 60, seed=1)], ids=str)
def test_an_outage_of_hours_loses_and_doubles_nothing(outage: Outage) -> None:
    story = play(outage)
    assert story.violations(outage) == []
    assert len(story.asked) <= outage.lasts / timedelta(minutes=1) + 3
    assert story.parked >= outage.reports  # they did wait, and in no execution
    assert story.attempts <= 8 * outage.reports


def test_a_publication_that_fails_alone_delays_no_other() -> None:
    story = play(ALONE)
    assert story.violations(ALONE) == []
    assert len(story.asked) > 20  # it was tried again all the time
    with mutant("a failure for one publication counts for all"):
        assert any("of one" in one for one in play(ALONE).violations(ALONE))


@pytest.mark.parametrize("name", OF_OUTAGES)
def test_a_broken_breaker_is_caught(name: str) -> None:
    outage = Outage("dmp", timedelta(hours=2), 70)
    assert play(outage).violations(outage) == []
    with mutant(name):
        assert play(outage).violations(outage) != []


def test_one_outage_is_played_by_its_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--outage", "pacs", "--hours", "1", "--reports", "5", "--seed", "3"]) == 0
    assert "pacs away for 1:00:00 while 5 reports come: 5 published" in capsys.readouterr().out
    with mutant("a failure is not reported to the circuit"):
        assert main(["--outage", "pacs", "--hours", "1", "--reports", "5"]) == 1
    assert "VIOLATION I9" in capsys.readouterr().out
