"""The campaign in short: the same runs each time; the whole of it is ``make faults``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, product
from typing import Final

import pytest

from functions.drimbox.errors import Held, PacsAnswerUnusable
from tests.campaign.__main__ import main
from tests.campaign.faults import LIES, PARTIAL, SENDS, Fault, faults_of
from tests.campaign.invariants import violations
from tests.campaign.runs import PREPARING, calm, enumerated, plan_of, run, short, striking
from tests.campaign.scenarios import SCENARIOS
from tests.campaign.stage import Plan, staged
from tests.fakes.kept import kept

# About ten seconds on an idle core.
_RUNS = 330
# Those of a site behind an agent.
_OF_AGENTS: Final = (
    *("agent.show", "agent.put", "agent.answer", "bell.ring", "ticks.answered", "ticks.back"),
    *("questions.get", "questions.put", "agent_answers.get", "agent_answers.put", "cache.keep"),
)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _kept() -> Iterator[None]:
    with kept():
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


@pytest.mark.parametrize("call", ["pacs.find_study", *PREPARING, *_OF_AGENTS])
def test_no_answer_of_the_pacs_or_of_the_cache_breaks_anything(call: str) -> None:
    results = [run(number, plan_of(number)) for number in once_each(call)]
    assert [str(result) for result in results if result.violations] == []


def once_each(call: str) -> list[int]:
    """The runs in which that call fails: each of its faults once in each scenario, at one of the
    times that the scenario makes it, in turn. `make faults` plays all times.
    """
    found: dict[tuple[str, Fault], list[int]] = {}
    for number in striking(call):
        plan = plan_of(number)
        found.setdefault((plan.scenario.name, plan.strikes[0].fault(call)), []).append(number)
    return [numbers[turn % len(numbers)] for turn, numbers in enumerate(found.values())]


def test_each_fault_of_a_call_strikes_each_scenario_that_makes_it() -> None:
    makers = {one.plan.scenario.name for one in calm() if "jobs.put" in one.calls}
    plans = [plan_of(number) for number in once_each("jobs.put")]
    struck = {(plan.scenario.name, plan.strikes[0].fault("jobs.put")) for plan in plans}
    assert struck == set(product(makers, faults_of("jobs.put")))
    assert len(plans) == len(struck)
    assert len({plan.strikes[0].at for plan in plans}) > len(faults_of("jobs.put"))


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
