"""The campaign in short: the same runs each time; the whole of it is ``make faults``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest

from tests.campaign.__main__ import main
from tests.campaign.faults import SENDS, faults_of
from tests.campaign.mutants import MUTANTS, mutant
from tests.campaign.runs import calm, enumerated, plan_of, run, short
from tests.campaign.stage import kept

# About twenty seconds on an idle core.
_RUNS = 1000
# Every mutant of the list is caught well before.
_TO_CATCH = 700
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _kept() -> Iterator[None]:
    with kept():
        enumerated()  # from the code as it is, whatever is broken afterwards
        yield


def test_a_calm_run_of_every_scenario_breaks_nothing() -> None:
    assert [str(result) for result in calm() if result.violations] == []
    names = {name for result in calm() for name in result.calls}
    assert {"inbox.put_once", "queue.send", "workflow.start", "pacs.find_study"} <= names
    assert {"records.put", "archive.put_once", "audit.record", "messages.next_replay"} <= names
    assert {"dmp.entries", "dmp.of_study"} | SENDS <= names


def test_every_call_of_every_scenario_is_struck_in_every_way() -> None:
    singles = [strikes for _, strikes in enumerated() if len(strikes) == 1]
    assert len(singles) == sum(len(faults_of(name)) for r in calm() for name in r.calls)


def test_a_sample_of_the_campaign_breaks_nothing() -> None:
    broken = [
        str(result)
        for result in (run(number, plan_of(number)) for number in islice(short(), _RUNS))
        if result.violations
    ]
    assert broken == []


def test_a_run_is_what_its_seed_says(capsys: pytest.CaptureFixture[str]) -> None:
    for number in (0, 1_000_007, 2_000_007):
        first, again = run(number, plan_of(number)), run(number, plan_of(number))
        assert (first.calls, first.struck) == (again.calls, again.struck)
        assert main(["--seed", str(number)]) == 0
        assert f"seed {number}: " in capsys.readouterr().out


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_copy_is_caught(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with mutant(name):
        caught = next(
            (
                number
                for number in islice(short(), _TO_CATCH)
                if run(number, plan_of(number)).violations
            ),
            None,
        )
        assert caught is not None
        assert main(["--seed", str(caught)]) == 1
        assert "VIOLATION" in capsys.readouterr().out
