"""A study's outcome is recorded, and a cause follows only a study that was held."""

from __future__ import annotations

import pytest

from functions.drimbox.publication.change import Change
from functions.drimbox.publication.message_entry import Outcome
from functions.drimbox.publication.steps.hold import hold_publication
from functions.drimbox.publication.steps.outcome import record_outcome, set_outcome
from tests.fakes.world import World


def causes(world: World) -> dict[str, int]:
    """Studies held, by reason."""
    return {reason: cause.count for reason, cause in world.causes.causes.items()}


def test_an_outcome_is_of_one_study_of_one_message(world: World, change: Change) -> None:
    entry = record_outcome(world.site, change, Outcome.HELD, "dmp_refused")
    (study,) = entry.studies.values()
    assert (study.outcome, study.reason) == (Outcome.HELD, "dmp_refused")
    assert study.changed_at == world.clock.now()
    assert causes(world) == {}, "the staff is told by the hold, not by the record"


@pytest.mark.parametrize(
    ("outcome", "left"),
    [(Outcome.IN_PROGRESS, 1), (Outcome.PUBLISHED, 0), (Outcome.SUPERSEDED, 0)],
)
def test_a_held_study_leaves_its_cause_with_its_final_outcome(
    world: World, change: Change, outcome: Outcome, left: int
) -> None:
    hold_publication(world.site, change, "Held", "dmp_refused")
    assert causes(world) == {"dmp_refused": 1}
    set_outcome(world.site, change, outcome)
    assert causes(world) == {"dmp_refused": left}


def test_a_study_that_was_never_held_asks_no_cause(world: World, change: Change) -> None:
    world.calls.names.clear()
    set_outcome(world.site, change, Outcome.PUBLISHED)
    assert world.calls.names == ["messages.set_outcome"]
