"""The reports that stand at a study, and those that an operator took from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from functions.drimbox.publication.messages import ReportMessage, load
from functions.drimbox.publication.record import Pending, State, move
from functions.drimbox.publication.standing import (
    is_overtaken,
    later_version,
    left_out,
    moved_from,
    named_in,
    other_report,
    standing,
)
from functions.drimbox.report.model import Report
from functions.drimbox.report.requested_action import Action
from tests.drimbox.operations.override_scenes import CASE, OTHER, A, B, Scene, on, version
from tests.fakes.world import World


@pytest.fixture
def scene() -> Iterator[Scene]:
    """A report that is published on its own study."""
    world = World()
    made = Scene(world)
    made.archive(A)
    made.id = made.send(CASE)
    yield made
    world.close()


def report(scene: Scene, message_id: str) -> Report:
    message = load(scene.world.at_rest, message_id)
    assert isinstance(message, ReportMessage)
    return message.report


def test_a_study_of_another_report_names_its_message(scene: Scene) -> None:
    world = scene.world
    other = scene.send(on(B, OTHER))
    site, record = world.at_rest, world.records.get(A)
    assert other_report(site, record, other, report(scene, other)) == scene.id
    assert other_report(site, record, scene.id, report(scene, scene.id)) == ""
    assert other_report(site, world.records.get(B), scene.id, report(scene, scene.id)) == other


def test_a_manifest_of_which_nobody_can_tell_the_report_is_of_another(scene: Scene) -> None:
    world = scene.world
    record = world.records.get(A)
    assert record.current is not None
    del world.archive.objects[f"studies/{record.current.intent_id}/message.hl7"]
    again = scene.send(version(2))
    site = world.at_rest
    assert other_report(site, record, again, report(scene, again)) == scene.id
    assert later_version(site, record, again, report(scene, again)) == ""


def test_a_change_of_images_speaks_for_the_report_in_force(scene: Scene) -> None:
    world = scene.world
    record = world.records.get(A)
    order = world.send(CASE, "OMI", control_id="omi").message_id
    world.queue.messages.clear()
    assert record.current is not None
    pending = replace(_pending(scene), message_id=order)
    waiting = replace(record, pending=pending)
    assert [one.message_id for one in standing(world.at_rest, waiting, "x")] == [scene.id]


def _pending(scene: Scene) -> Pending:
    scene.send(on(B, OTHER))
    pending = scene.world.records.get(B).pending
    assert pending is not None
    assert pending.state is State.HELD
    return pending


def test_a_message_that_is_no_report_is_overtaken_by_none(scene: Scene) -> None:
    assert not is_overtaken(scene.world.at_rest, scene.send(CASE, "OMI"))


def test_only_an_override_in_force_has_moved_a_report(scene: Scene) -> None:
    world = scene.world
    order = scene.send(CASE, "OMI")
    record = world.records.get(A)
    record = move(move(move(record, scene.id), order), scene.id)
    assert record.moved == (scene.id, order)
    assert list(moved_from(world.at_rest, record)) == []


def test_a_moved_report_is_left_out_by_its_own_later_versions_alone(scene: Scene) -> None:
    world = scene.world
    scene.archive(B)
    del world.pacs.studies[A]
    scene.id = scene.send(replace(version(2), action="NW", set_id=OTHER.set_id, replaces=""))
    world.records.put(replace(world.records.get(A), current=None))
    scene.replay()
    scene.choose(B)
    scene.replay()
    assert scene.states == {A: "set_aside", B: "published"}
    mine = report(scene, scene.id)
    withdrawal = replace(mine, action=Action.WITHDRAW)
    older = replace(withdrawal, document=replace(mine.document, version=1))
    correction = replace(mine, action=Action.REPLACE)
    document = replace(mine.document, id=replace(mine.document.id, root="1.2.3"), set_id=None)
    of_another = replace(withdrawal, document=document)
    site, named = world.at_rest, (A,)
    assert left_out(site, withdrawal, named) == left_out(site, correction, named) == (B,)
    assert left_out(site, withdrawal, (A, B)) == ()
    assert left_out(site, older, named) == ()
    assert left_out(site, of_another, named) == ()


def test_a_report_that_only_publishes_leaves_nothing_out(scene: Scene) -> None:
    first = report(scene, scene.id)
    assert left_out(scene.world.at_rest, first, named_in(first)) == ()
