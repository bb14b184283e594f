"""Two executions of one change: the slower one sends nothing against the faster one's will."""

from __future__ import annotations

import pytest

from functions.drimbox.dmp.signing import SHA1
from functions.drimbox.errors import Held, StudyBusy
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.record import State, enter
from functions.drimbox.publication.steps.admit import admit_report
from functions.drimbox.publication.steps.build import build_manifest
from functions.drimbox.publication.steps.hold import hold_publication
from functions.drimbox.publication.steps.index import index_study
from functions.drimbox.publication.steps.publish import publish_manifest
from tests.fakes.world import DB_URL, DEVICE, World


@pytest.mark.parametrize("state", [State.INTENT, State.SENDING, State.UNKNOWN])
def test_a_change_held_by_another_execution_is_not_sent(
    world: World, change: Change, state: State
) -> None:
    record = world.records.get(change.study_instance_uid)
    path = {State.INTENT: (), State.SENDING: (State.SENDING,)}.get(
        state, (State.SENDING, State.UNKNOWN)
    )
    for step in path:
        record = world.records.put(enter(record, step, world.clock.now()))
    hold_publication(world.site, change, "DmpUnavailable", "")
    with pytest.raises(Held) as raised:
        publish_manifest(world.site, change, world.connect, DEVICE)
    assert raised.value.code == "dmp_unreachable"
    assert world.dmp_calls == 0
    # The workflow then holds it again: the first reason stays.
    assert hold_publication(world.site, change, "Held", raised.value.code) == "dmp_unreachable"
    pending = world.records.get(change.study_instance_uid).pending
    assert pending is not None
    assert (pending.state, pending.held_from) == (State.HELD, state)


def test_a_change_that_a_replay_started_afresh_is_left_to_it(world: World, change: Change) -> None:
    hold_publication(world.site, change, "DmpUnavailable", "")
    again = Change(change.tenant, change.message_id, change.study_instance_uid, 1)
    assert admit_report(world.site, again)["outcome"] == "continue"
    index_study(world.site, again, world.pacs, world.known)
    with pytest.raises(StudyBusy):
        # Its second intent is not built: the record is in no state from which to send.
        _built_but_not_entered(world, again)
    assert world.dmp_calls == 0


def _built_but_not_entered(world: World, change: Change) -> None:
    """The archive has the intent, the record does not say so yet: between two writes."""
    before = world.records.get(change.study_instance_uid)
    build_manifest(world.site, change, world, DB_URL, SHA1, uids=world.uids)
    world.records.records[change.study_instance_uid] = before
    publish_manifest(world.site, change, world.connect, DEVICE)
