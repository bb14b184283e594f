"""A correction is kept and replayed in one act, within both rights; no check is lost by it."""

from __future__ import annotations

import pytest

from functions.drimbox.errors import Absent, Forbidden
from functions.drimbox.operations.correcting import correct
from functions.drimbox.operations.overriding import Choice
from functions.drimbox.operations.permissions import Caller
from functions.drimbox.tenants.model import Permission
from tests.drimbox.operations.conftest import CASE, OTHER, STUDY, Reported, but
from tests.fakes.world import OPERATOR, SENDER, study_index

CHOSEN = Choice({STUDY: OTHER}, None)


def corrected(held: Reported, caller: Caller = OPERATOR, choice: Choice = CHOSEN) -> int:
    world = held.world
    number = correct(
        world.at_rest, world.queue, caller, message_id=held.id, choice=choice, keeps=True
    )
    world.work()
    return number


def arrive(held: Reported, patient: str = CASE.ipp) -> None:
    index = study_index(OTHER, accession=CASE.orders[0].accession, patient=patient)
    held.world.pacs.studies[OTHER] = index


def test_the_chosen_study_is_published_at_once(held: Reported) -> None:
    arrive(held)
    assert corrected(held) == 1
    assert held.world.entry(held.id).studies[OTHER].outcome == "published"
    events = held.world.audit.events()
    assert {("publication.overridden", "kept"), ("publication.replayed", "queued")} <= set(events)


def test_a_study_of_somebody_else_is_held_again(held: Reported) -> None:
    arrive(held, patient="IPP999")
    corrected(held)
    outcome = held.world.entry(held.id).studies[OTHER]
    assert (outcome.outcome, outcome.reason) == ("held", "patient_mismatch")
    assert held.world.manifests() == []


@pytest.mark.parametrize("missing", [Permission.EDIT, Permission.REPLAY])
def test_nothing_is_kept_without_both_rights(held: Reported, missing: Permission) -> None:
    with pytest.raises(Forbidden):
        corrected(held, but(missing))
    entry = held.world.entry(held.id)
    assert (entry.override, entry.replays) == (0, 0)


def test_an_override_stays_where_nothing_can_be_replayed(published: Reported) -> None:
    with pytest.raises(Absent):
        corrected(published, choice=Choice({}, SENDER))
    assert published.world.entry(published.id).override == 1
