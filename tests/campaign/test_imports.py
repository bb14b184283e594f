"""Imports in the campaign, in short: a sample of their runs, and the broken copies that show."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, zip_longest
from typing import Final

import pytest

from tests.campaign.__main__ import main
from tests.campaign.faults import faults_of
from tests.campaign.imports import (
    EXAMS,
    calm_imports,
    import_runs,
    play_import,
    run_import,
    striking_imports,
)
from tests.campaign.mutants import OF_IMPORTS, mutant

# Of all runs, one in so many: some three seconds on an idle core.
_SAMPLE: Final = 31
# Calls of which every way to fail is played.
_TELLING: Final = ("pacs.stow", "pacs.c_store")
# Where the broken copies show.
_SHOWING: Final = ("pacs.stow", "shelf.put", "bell.ring", "pacs.c_store")
_SHOWN_BY: Final = {
    "the record of an end comes behind its state": ("shelf.put",),
    "the packs of a run that ended without a word stay": ("bell.ring",),
}
pytestmark = pytest.mark.slow


def test_a_calm_import_breaks_nothing() -> None:
    assert [str(result) for result in calm_imports() if result.violations] == []
    names = {name for result in calm_imports() for name in result.calls}
    assert {"imports.start", "imported.add", "imported.end", "audit.record"} <= names
    assert {"records.get", "circuits.get", "site_pacs.find_study", "pacs.stow"} <= names
    assert {"shelf.get", "shelf.get_range", "shelf.put", "shelf.delete_under"} <= names
    assert {"questions.put", "bell.ring", "answers.put", "answers.get"} <= names
    assert {"agent.show", "agent.fetch", "agent.answer", "pacs.c_store", "pacs.survey"} <= names


def test_a_sample_of_all_runs_breaks_nothing() -> None:
    numbers = range(0, len(import_runs()), _SAMPLE)
    broken = [str(one) for one in map(play_import, numbers) if one.violations]
    assert broken == []


@pytest.mark.parametrize("name", _TELLING)
def test_every_fault_of_the_pacs_breaks_nothing(name: str) -> None:
    of_first = [number for number in striking_imports(name) if _is_first(number, name)]
    results = [play_import(number) for number in of_first]
    assert {fault for one in results for *_, fault in one.struck} == set(faults_of(name))
    assert [str(one) for one in results if one.violations] == []


def test_no_import_starts_or_ends_without_its_record() -> None:
    """A record that failed behind the start left a run of which nobody had been told."""
    names = ("audit.record", "imports.start")
    numbers = [number for name in names for number in striking_imports(name)]
    assert [str(one) for one in map(play_import, numbers) if one.violations] == []


def _is_first(number: int, name: str) -> bool:
    """Whether the call that is struck is the first of its name in its import."""
    exam, (strike,) = import_runs()[number]
    (calm,) = (one for one in calm_imports() if one.exam == exam)
    return strike.at == calm.calls.index(name) + 1


def _runs_for(name: str) -> Iterator[int]:
    """Where a broken copy of that name shows: each call has its first runs soon."""
    turns = zip_longest(*map(striking_imports, _SHOWN_BY.get(name, _SHOWING)))
    return (number for turn in turns for number in turn if number is not None)


@pytest.mark.parametrize("name", OF_IMPORTS)
def test_a_broken_import_is_caught(name: str) -> None:
    import_runs()  # from the code as it is, whatever is broken afterwards
    with mutant(name):
        calm = (run_import(-1, exam) for exam in EXAMS)
        struck = (play_import(number) for number in _runs_for(name))
        assert any(one.violations for one in chain(calm, struck))


def test_a_run_is_played_again_by_its_number(capsys: pytest.CaptureFixture[str]) -> None:
    import_runs()
    assert main(["--import", "3"]) == 0
    assert "import 3: an exam, directly" in capsys.readouterr().out
    with mutant("an object leaves before its study is remembered"):
        assert main(["--import", "3"]) == 1
    assert "VIOLATION I14" in capsys.readouterr().out
