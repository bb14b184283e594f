"""How often a calm publication asks anything of the outside: by step, and in all."""

from __future__ import annotations

from tests.fakes.counting import (
    MOST,
    MOST_OF_FILLING,
    MOST_OF_PUBLISH,
    STEPS,
    calm_publication,
    total,
)


def test_a_calm_publication_makes_few_calls() -> None:
    counted = calm_publication()
    assert tuple(counted) == STEPS
    found = total(counted)
    assert found.calls <= MOST.calls
    assert found.fetched <= MOST.fetched
    assert found.parsed <= MOST.parsed
    assert counted["publish"].calls <= MOST_OF_PUBLISH


def test_a_filling_at_publication_adds_the_job_of_its_series() -> None:
    calm, fills = calm_publication(), calm_publication(fills=True)
    assert {step: fills[step].calls - calm[step].calls for step in STEPS} == {
        step: MOST_OF_FILLING if step == "settle" else 0 for step in STEPS
    }
    assert (total(fills).fetched, total(fills).parsed) == (total(calm).fetched, total(calm).parsed)


def test_no_step_reads_the_message_twice() -> None:
    counted = calm_publication()
    assert max(step.fetched for step in counted.values()) == 1
    assert max(step.parsed for step in counted.values()) == 1
    assert (counted["settle"].fetched, counted["settle"].parsed) == (0, 0)
