"""A publication shows its fate: another replaced or withdrew it, in lists, views and exports."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from functions.drimbox.operations.afterwards import Fate, afterwards
from functions.drimbox.operations.exporting import export
from functions.drimbox.operations.queue import Query, describe, list_publications
from functions.drimbox.operations.view import view
from functions.drimbox.operations.withdrawing import withdraw
from functions.drimbox.publication.message_entry import Outcome, StudyOutcome
from tests.drimbox.operations.conftest import OTHER, STUDY, Reported, report
from tests.fakes.world import OPERATOR, World, case


def shown(world: World, message_id: str) -> list[dict[str, Any]]:
    """The publication in the list, in its own view, and in its export."""
    site = world.at_rest
    page = describe(site, list_publications(site, OPERATOR, Query(state="published")))
    (listed,) = [one for one in page["publications"] if one["id"] == message_id]
    given = export(site, world.archive, OPERATOR, message_id)
    return [listed, view(site, world.archive, world.known, OPERATOR, message_id), given]


def test_a_manifest_in_force_is_published(published: Reported) -> None:
    for facts in shown(published.world, published.id):
        (study,) = facts["studies"]
        assert (facts["state"], study["outcome"]) == ("published", "published")
        assert "afterwards" not in study


def test_a_withdrawn_study_is_not_shown_as_published(published: Reported) -> None:
    world = published.world
    order = withdraw(world.at_rest, world.queue, OPERATOR, message_id=published.id, study=STUDY)
    world.work()
    for facts in shown(world, published.id):
        (study,) = facts["studies"]
        assert facts["state"] == study["outcome"] == "published_then_withdrawn"
        assert study["afterwards"]["by"] == order
    # Its history stays: it was published.
    history = [
        one["outcome"]
        for one in view(world.at_rest, world.archive, world.known, OPERATOR, published.id)[
            "history"
        ]
    ]
    assert "published" in history


def test_a_replaced_study_names_its_new_version(world: World) -> None:
    world.archive_study(case("G1"))
    first = report(world, case("G1"))
    second = report(world, case("G1_MAJ"), control_id="2")
    assert second.outcome.outcome == "published"
    for facts in shown(world, first.id):
        (study,) = facts["studies"]
        assert facts["state"] == study["outcome"] == "published_then_replaced"
        later = study["afterwards"]
        assert (later["by"], later["version"]) == (second.id, 2)
    assert shown(world, second.id)[0]["state"] == "published"


@pytest.mark.parametrize("outcome", [Outcome.PUBLISHED, Outcome.HELD])
def test_a_publication_of_which_something_stands_keeps_its_state(
    published: Reported, outcome: Outcome
) -> None:
    """Of two studies, one was withdrawn."""
    world = published.world
    withdraw(world.at_rest, world.queue, OPERATOR, message_id=published.id, study=STUDY)
    world.work()
    entry = world.entry(published.id)
    other = StudyOutcome(outcome, "", entry.changed_at)
    world.log.entries[published.id] = replace(entry, studies={**entry.studies, OTHER: other})
    facts = view(world.at_rest, world.archive, world.known, OPERATOR, published.id)
    assert facts["state"] == str(outcome)
    assert [one["outcome"] for one in facts["studies"]] == [Fate.WITHDRAWN, str(outcome)]


def test_a_study_without_record_has_no_fate(published: Reported) -> None:
    published.world.records.records.clear()
    records = published.world.at_rest.records
    assert afterwards(records.get, published.world.entry(published.id)) == {}
