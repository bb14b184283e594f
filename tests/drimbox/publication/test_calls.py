"""How often a calm publication asks anything of the outside: by step, and in all."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.counting import MOST, MOST_OF_PUBLISH, STEPS, calm_publication, total


def test_a_calm_publication_makes_few_calls(tmp_path: Path) -> None:
    counted = calm_publication(tmp_path)
    assert tuple(counted) == STEPS
    found = total(counted)
    assert found.calls <= MOST.calls
    assert found.fetched <= MOST.fetched
    assert found.parsed <= MOST.parsed
    assert counted["publish"].calls <= MOST_OF_PUBLISH


def test_no_step_reads_the_message_twice(tmp_path: Path) -> None:
    counted = calm_publication(tmp_path)
    assert max(step.fetched for step in counted.values()) == 1
    assert max(step.parsed for step in counted.values()) == 1
    assert (counted["settle"].fetched, counted["settle"].parsed) == (0, 0)
