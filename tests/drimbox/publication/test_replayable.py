"""The studies that a replay starts: those that wait, those that an override put in their place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from functions.drimbox.oid import Uid
from functions.drimbox.operations.overriding import Choice
from functions.drimbox.publication.replayable import replayable_studies, starts
from functions.drimbox.publication.start import start
from tests.drimbox.operations.override_scenes import A, B, C, Scene, held_report, version
from tests.fakes.world import SENDER


@pytest.fixture
def scene() -> Iterator[Scene]:
    """A report that is held, since the PACS does not have its study."""
    with held_report() as made:
        yield made


def started(scene: Scene, replay: int = 0) -> dict[Uid, tuple[Uid, ...]]:
    world = scene.world
    return dict(starts(world.at_rest, world.entry(scene.id), world.clock.now(), replay))


def replayable(scene: Scene) -> frozenset[Uid]:
    world = scene.world
    return replayable_studies(world.at_rest, world.entry(scene.id), world.clock.now())


def test_without_an_override_the_held_studies_are_started(scene: Scene) -> None:
    assert started(scene) == {A: (A,)}
    assert replayable(scene) == {A}
    scene.override(Choice({}, SENDER))  # of a sender alone
    assert started(scene) == {A: (A,)}


def test_a_chosen_study_is_started_for_the_one_that_the_report_names(scene: Scene) -> None:
    scene.choose(B)
    assert started(scene) == {B: (B, A)}
    assert replayable(scene) == {A}


def test_a_choice_that_was_taken_back_starts_both(scene: Scene) -> None:
    scene.archive(B, patient="IPP999")
    scene.choose(B)
    scene.replay()
    scene.undo()
    assert started(scene) == {A: (A,), B: (B,)}
    scene.replay()
    assert started(scene) == {A: (A,)}


def test_a_changed_choice_leaves_the_former_one(scene: Scene) -> None:
    scene.archive(B, patient="IPP999")
    scene.choose(B)
    scene.replay()
    scene.choose(C)  # by the study that the report names
    assert started(scene) == {C: (C, A), B: (B,)}


def test_nothing_is_started_for_a_study_that_a_later_message_took(scene: Scene) -> None:
    scene.choose(B)
    scene.send(version(2))
    assert started(scene) == {}
    assert replayable(scene) == frozenset()


def test_a_replay_that_is_delivered_again_starts_the_same(scene: Scene) -> None:
    """The first delivery said that the study is in progress, and died before it started it."""
    world = scene.world
    scene.archive(B, patient="IPP999")
    scene.choose(B)
    scene.replay()
    scene.undo()
    number = world.replay(scene.id)
    world.queue.messages.clear()
    at = world.clock.now()
    before = set(world.workflow.started)
    start(world.site, world.workflow, scene.id, replay=number, received_at=at)
    first = set(world.workflow.started) - before
    assert {key[1] for key in first} == {str(A), str(B)}
    assert set(started(scene)) == {B}
    assert set(started(scene, number)) == {A, B}
    world.workflow.started.clear()
    start(world.site, world.workflow, scene.id, replay=number, received_at=at)
    assert set(world.workflow.started) == first
