"""The campaign in short: the same runs each time; the whole of it is ``make faults``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, zip_longest
from typing import Final

import pytest

from functions.drimbox.errors import Held, PacsAnswerUnusable
from tests.campaign.__main__ import main
from tests.campaign.faults import LIES, PARTIAL, SENDS, Fault, faults_of
from tests.campaign.invariants import violations
from tests.campaign.mutants import (
    MUTANTS,
    OF_AGENTS,
    OF_PREPARATION,
    OF_SENDS,
    OF_THE_PACS,
    mutant,
)
from tests.campaign.runs import calm, enumerated, plan_of, run, sending, short, striking
from tests.campaign.scenarios import SCENARIOS
from tests.campaign.stage import Plan, staged
from tests.fakes.kept import kept

# About twenty seconds on an idle core.
_RUNS = 550
# Every mutant of the list is caught well before.
_TO_CATCH = 700
# The calls of the preparation of a series, beside those of its step.
_PREPARING = (
    *("pacs.retrieve_series", "upload.add", "upload.complete", "cache.put", "cache.get"),
    *("jobs.get", "jobs.put", "fill_queue.send"),
)
# Those of a site behind an agent.
_OF_AGENTS: Final = (
    *("agent.show", "agent.put", "agent.answer", "bell.ring", "ticks.answered", "ticks.back"),
    *("questions.get", "questions.put", "agent_answers.get", "agent_answers.put", "cache.keep"),
)
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
    assert {"pacs.retrieve_series", "cache.put", "upload.add", "upload.complete"} <= names


def test_a_note_takes_the_images_of_a_publication_under_way_and_they_come_again() -> None:
    name, taken = "a rejection note behind an agent", []
    for number in striking("records.put"):
        plan = plan_of(number)
        if plan.scenario.name == name:
            stage = staged(plan)
            stage.play()
            assert violations(stage) == []
            taken += [stage] if stage.taken_away else []
            stage.close()
    assert taken
    stage = taken[0]
    [(keys, left)] = stage.taken_away
    current = stage.records.get(keys.study_instance_uid).current
    assert current is not None
    stage.taken_away = [(replace(keys, manifest_uid=current.manifest_uid), left)]
    stage.cache.objects.clear()
    assert [found[:3] for found in violations(stage)] == ["I12"]


def test_the_real_client_reads_a_whole_answer_and_no_other() -> None:
    stage = staged(Plan(next(one for one in SCENARIOS if one.note_in_pacs)))
    stage._images()
    for uid, study in stage.pacs.studies.items():
        assert stage.pacs.read(uid, None) == study
        for fault in PARTIAL:
            with pytest.raises((Held, PacsAnswerUnusable)):
                stage.pacs.read(uid, fault)


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


@pytest.mark.parametrize("call", ["pacs.find_study", *_PREPARING, *_OF_AGENTS])
def test_no_answer_of_the_pacs_or_of_the_cache_breaks_anything(call: str) -> None:
    # Each third run: `make faults` plays all of them.
    numbers = islice(striking(call), 0, None, 3)
    broken = [
        str(result)
        for result in (run(number, plan_of(number)) for number in numbers)
        if result.violations
    ]
    assert broken == []


@pytest.mark.parametrize("lie", LIES)
def test_a_body_that_is_none_of_its_series_is_refused(lie: Fault) -> None:
    """Refused once, for each scenario in which an agent brings a series; then the next one is."""
    ways = [number for number in striking("agent.put") if _is(number, lie)]
    assert ways
    for number in ways:
        stage = staged(plan_of(number))
        try:
            stage.play()
        finally:
            stage.close()
        ends = [one for outcomes in stage.prepared.values() for one in outcomes]
        assert "held:agent_body_refused" in ends, number
        assert "cached" in ends, number


def _is(number: int, fault: Fault) -> bool:
    (strike,) = plan_of(number).strikes
    return strike.fault("agent.put") is fault


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
        turns = zip_longest(*map(striking, _PREPARING))
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
