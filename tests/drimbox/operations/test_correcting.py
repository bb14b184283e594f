"""A correction is kept and replayed in one act, within both rights; no check is lost by it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.drimbox.errors import Absent, Forbidden
from functions.drimbox.operations.correcting import correct, undo, undo_and_replay
from functions.drimbox.operations.overriding import Choice
from functions.drimbox.operations.permissions import Caller
from functions.drimbox.publication.messages import load_override
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


def test_a_choice_is_taken_back_and_replayed_in_one_act(held: Reported) -> None:
    arrive(held, patient="IPP999")
    corrected(held)
    world = held.world
    undo_and_replay(world.at_rest, world.queue, OPERATOR, message_id=held.id)
    world.work()
    states = {one: str(o.outcome) for one, o in world.entry(held.id).studies.items()}
    assert states == {STUDY: "held", OTHER: "set_aside"}


@pytest.mark.parametrize("missing", [Permission.EDIT, Permission.REPLAY])
def test_nothing_is_taken_back_without_both_rights(held: Reported, missing: Permission) -> None:
    arrive(held, patient="IPP999")
    corrected(held)
    world = held.world
    with pytest.raises(Forbidden):
        undo_and_replay(world.at_rest, world.queue, but(missing), message_id=held.id)
    assert world.entry(held.id).override == 1


@pytest.mark.parametrize("is_declared", [True, False])
def test_the_chosen_sender_stays_as_long_as_it_is_declared(
    held: Reported, is_declared: bool
) -> None:
    world = held.world
    corrected(held, choice=Choice({STUDY: OTHER}, SENDER))
    if not is_declared:
        world.tenant = replace(world.tenant, senders=())
    undo(world.at_rest, OPERATOR, message_id=held.id)
    kept = load_override(world.at_rest, held.id, 2)
    assert (kept.studies, kept.sender) == ({}, SENDER if is_declared else None)
