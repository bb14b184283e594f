"""A report on a study that an operator chose: later messages find it there, and nothing that
restricts is lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from functions.drimbox.dmp.signing import SHA1
from functions.drimbox.errors import Held
from functions.drimbox.oid import Uid
from functions.drimbox.operations.overriding import Choice
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.ports import RecordPage
from functions.drimbox.publication.record import State, StudyRecord
from functions.drimbox.publication.start import start
from functions.drimbox.publication.steps.admit import admit_report
from functions.drimbox.publication.steps.build import build_manifest
from functions.drimbox.publication.steps.hold import hold_publication
from functions.drimbox.publication.steps.index import index_study
from functions.drimbox.publication.steps.publish import publish_manifest
from functions.drimbox.publication.steps.settle import settle_publication
from tests.drimbox.operations.override_scenes import (
    CASE,
    OTHER,
    A,
    B,
    Scene,
    dead_ends,
    held_report,
    on,
    version,
)
from tests.fakes.world import DB_URL, DEVICE


@pytest.fixture
def scene() -> Iterator[Scene]:
    """A report that is held, since the PACS does not have its study."""
    with held_report() as made:
        yield made


@pytest.fixture
def moved(scene: Scene) -> Scene:
    """The same, published on the study that an operator chose."""
    scene.archive(B)
    scene.choose(B)
    assert scene.replay()
    assert scene.states == {A: "set_aside", B: "published"}
    return scene


def of(scene: Scene, message_id: str) -> dict[Uid, str]:
    """The states of another publication."""
    return replace(scene, id=message_id).states


def test_a_withdrawal_by_the_ris_reaches_the_chosen_study(moved: Scene) -> None:
    withdrawal = moved.send(version(1, "CA"))
    assert of(moved, withdrawal) == {A: "withdrawn", B: "withdrawn"}
    assert moved.active() == {}
    assert dead_ends(moved) == []
    assert dead_ends(replace(moved, id=withdrawal)) == []


@pytest.mark.parametrize("number", range(1, 60, 5))
def test_a_withdrawal_of_a_moved_report_killed_anywhere_goes_on(moved: Scene, number: int) -> None:
    calls = moved.world.calls
    calls.kill_at = len(calls.names) + number
    withdrawal = moved.send(version(1, "CA"))
    assert of(moved, withdrawal) == {A: "withdrawn", B: "withdrawn"}
    assert moved.active() == {}


def test_a_withdrawal_takes_a_report_that_is_held_on_the_chosen_study(scene: Scene) -> None:
    scene.archive(B, patient="IPP999")
    scene.choose(B)
    scene.replay()
    withdrawal = scene.send(version(1, "CA"))
    assert of(scene, withdrawal) == {A: "withdrawn", B: "withdrawn"}
    scene.archive(B)
    assert not scene.replay()
    assert scene.states == {A: "set_aside", B: "superseded"}
    assert dead_ends(scene) == []


def test_a_withdrawal_leaves_the_report_that_has_taken_the_chosen_study(scene: Scene) -> None:
    scene.archive(B, patient="IPP999")
    scene.choose(B)
    scene.replay()
    scene.archive(B)
    other = scene.send(on(B, replace(version(2, "NW", base=OTHER), replaces="")))
    withdrawal = scene.send(version(1, "CA"))
    assert of(scene, withdrawal) == {A: "withdrawn", B: "unchanged"}
    assert of(scene, other) == {B: "published"}


def test_a_correction_is_held_at_the_chosen_study_until_it_is_put_there_too(moved: Scene) -> None:
    correction = replace(moved, id=moved.send(version(2)))
    assert correction.states == {A: "held study_not_found", B: "held study_left_out"}
    assert dead_ends(correction) == []
    correction.choose(B)
    assert correction.replay()
    assert correction.states == {A: "set_aside", B: "published"}
    (manifests,) = moved.active().values()
    assert len(manifests) == 1
    assert dead_ends(correction) == dead_ends(moved) == []


def test_a_correction_that_is_taken_back_tells_of_the_chosen_study_again(moved: Scene) -> None:
    correction = replace(moved, id=moved.send(version(2)))
    moved.archive(B, patient="IPP999")
    correction.choose(B)
    correction.replay()
    assert correction.states == {A: "set_aside", B: "held patient_mismatch"}
    correction.undo()
    correction.replay()
    assert correction.states == {A: "held study_not_found", B: "held study_left_out"}
    moved.withdraw(moved.id, B)
    correction.replay()
    assert correction.states == {A: "held study_not_found", B: "set_aside"}


def test_a_study_that_a_correction_left_out_is_unchanged_once_it_is_withdrawn(moved: Scene) -> None:
    correction = replace(moved, id=moved.send(version(2)))
    moved.withdraw(moved.id, B)
    assert correction.replay()
    assert correction.states == {A: "held study_not_found", B: "unchanged"}
    assert dead_ends(correction) == []


def test_an_older_message_does_not_come_back_at_the_study_that_its_report_left(
    scene: Scene,
) -> None:
    """The later version named the study, and an operator took it elsewhere."""
    first = scene.id
    scene.archive(B)
    scene.id = scene.send(version(2))
    scene.choose(B)
    scene.replay()
    scene.archive(A)
    again = scene.send(CASE)
    assert of(scene, again) == {A: "superseded"}
    assert of(scene, first) == {A: "superseded"}
    assert dead_ends(replace(scene, id=again)) == []


def test_a_report_may_be_moved_while_its_withdrawal_is_on_the_way(scene: Scene) -> None:
    """The withdrawal has begun, and knows nothing of the chosen study."""
    world = scene.world
    scene.archive(B)
    scene.choose(B)
    message_id = world.send(version(1, "CA"), control_id="W").message_id
    ((_, number, at),) = world.queue.messages
    world.queue.messages.clear()
    start(world.site, world.workflow, message_id, replay=number, received_at=at)
    late = world.workflow.started.pop((message_id, str(A), 0, 0))
    assert scene.replay()
    assert scene.states == {A: "set_aside", B: "published"}
    world.run(late)
    withdrawal = replace(scene, id=message_id)
    assert withdrawal.states == {A: "withdrawn", B: "held study_left_out"}
    assert dead_ends(withdrawal) == []
    assert withdrawal.replay()
    assert withdrawal.states == {A: "withdrawn", B: "withdrawn"}
    assert scene.active() == {}


@dataclass
class Interrupting:
    """Records: something happens just after the first write of one study."""

    inner: Any
    study: Uid
    then: Callable[[], object] | None

    def get(self, study: Uid) -> StudyRecord:
        found: StudyRecord = self.inner.get(study)
        return found

    def find(self, *args: Any, **more: Any) -> RecordPage:
        found: RecordPage = self.inner.find(*args, **more)
        return found

    def put(self, record: StudyRecord) -> StudyRecord:
        stored: StudyRecord = self.inner.put(record)
        if self.then is not None and record.study_instance_uid == self.study:
            then, self.then = self.then, None
            then()
        return stored


def moving(scene: Scene) -> Change:
    """The replay that applies the choice has started, and nothing more."""
    world = scene.world
    scene.archive(B)
    scene.choose(B)
    number = world.replay(scene.id)
    world.queue.messages.clear()
    start(world.site, world.workflow, scene.id, replay=number, received_at=world.clock.now())
    change = world.workflow.started.popitem()[1]
    assert change.study_instance_uid == B
    return change


def test_a_later_version_that_comes_while_the_report_moves_has_the_last_word(scene: Scene) -> None:
    change = moving(scene)
    arrives = Interrupting(scene.world.records, B, lambda: scene.send(version(2)))
    site = replace(scene.world.site, records=arrives)
    assert admit_report(site, change)["outcome"] == "done"
    assert scene.states == {A: "set_aside", B: "superseded"}
    assert scene.world.records.get(B).pending is None
    assert dead_ends(scene) == []


def test_a_later_version_stops_a_report_that_waits_on_the_chosen_study(scene: Scene) -> None:
    change, world = moving(scene), scene.world
    admit_report(world.site, change)
    index_study(world.site, change, world.pacs, world.known)
    build_manifest(world.site, change, world, DB_URL, SHA1, uids=world.uids)
    scene.send(version(2))
    with pytest.raises(Held) as raised:
        publish_manifest(world.site, change, world.connect, DEVICE)
    assert raised.value.code == "later_version"
    hold_publication(world.site, change, "Held", "later_version")
    assert scene.states == {A: "set_aside", B: "held later_version"}
    assert dead_ends(scene) == []
    assert scene.replay()
    assert scene.states == {A: "set_aside", B: "superseded"}
    assert scene.active() == {}


def test_what_may_be_in_the_dmp_keeps_its_place(scene: Scene) -> None:
    """Between the act that took the choice back and its replay, something was sent."""
    scene.archive(B, patient="IPP999")
    scene.choose(B)
    scene.replay()
    scene.override(Choice({}, None))
    record = scene.world.records.get(B)
    assert record.pending is not None
    doubtful = replace(record.pending, in_doubt=True)
    scene.world.records.put(replace(record, pending=doubtful))
    assert scene.replay()
    assert scene.states[B] == "held patient_mismatch"
    pending = scene.world.records.get(B).pending
    assert pending is not None
    assert (pending.state, pending.in_doubt) == (State.HELD, True)


def test_a_hold_that_died_between_its_two_writes_moves_all_the_same(scene: Scene) -> None:
    """The outcome says held, the record still that the change was received."""
    world, record = scene.world, scene.world.records.get(A)
    assert record.pending is not None
    world.records.put(replace(record, pending=replace(record.pending, state=State.RECEIVED)))
    scene.archive(B)
    scene.choose(B)
    assert scene.replay()
    assert scene.states == {A: "set_aside", B: "published"}
    assert not scene.replay()
    late = Change("demo", scene.id, A, 0)
    settled = settle_publication(world.site, late, world.cache, world.fills)
    assert settled["settled"] == "set_aside"
    assert scene.states[A] == "set_aside"


def test_a_change_that_was_sent_gives_way_to_nothing(moved: Scene) -> None:
    """A step that runs again after the Success goes on."""
    change = Change("demo", moved.id, B, 1, 1)
    assert admit_report(moved.world.site, change)["outcome"] == "continue"


def test_a_change_in_doubt_asks_the_dmp_first(scene: Scene) -> None:
    change, world = moving(scene), scene.world
    admit_report(world.site, change)
    record = world.records.get(B)
    assert record.pending is not None
    world.records.put(replace(record, pending=replace(record.pending, in_doubt=True)))
    scene.send(version(2))
    assert admit_report(world.site, change)["outcome"] == "continue"
