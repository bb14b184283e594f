"""Each broken copy of the code is caught by the campaign's runs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, zip_longest

import pytest

from tests.campaign.__main__ import main
from tests.campaign.mutants import (
    MUTANTS,
    OF_AGENTS,
    OF_PREPARATION,
    OF_SENDS,
    OF_THE_PACS,
    mutant,
)
from tests.campaign.runs import PREPARING, enumerated, plan_of, run, sending, short, striking
from tests.fakes.kept import kept

# Every mutant of the list is caught well before.
_TO_CATCH = 700
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _kept() -> Iterator[None]:
    """For one test: the memory of broken code is no other's."""
    with kept():
        enumerated()  # from the code as it is, whatever is broken afterwards
        yield


def _runs_for(name: str) -> Iterator[int]:
    """Where a broken copy of that name shows."""
    if name in OF_THE_PACS:
        return striking("pacs.find_study")
    if name in OF_SENDS:
        return islice(sending(), _TO_CATCH)
    if name in OF_AGENTS:
        return striking("agent.put")
    if name in OF_PREPARATION:
        # In turn: each call has its first runs soon, whichever shows the fault.
        turns = zip_longest(*map(striking, PREPARING))
        return (number for turn in turns for number in turn if number is not None)
    return islice(short(), _TO_CATCH)


@pytest.mark.parametrize("name", [*MUTANTS, *OF_SENDS, *OF_THE_PACS, *OF_PREPARATION, *OF_AGENTS])
def test_a_broken_copy_is_caught(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    runs = _runs_for(name)
    with mutant(name):
        caught = next((number for number in runs if run(number, plan_of(number)).violations), None)
        assert caught is not None
        assert main(["--seed", str(caught)]) == 1
        assert "VIOLATION" in capsys.readouterr().out
