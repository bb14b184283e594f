"""A study that was remembered as imported is released by a named operator, and by nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.drimbox.errors import Absent, Conflict
from functions.drimbox.oid import Uid
from functions.drimbox.operations.confirming_identity import Word
from functions.drimbox.operations.releasing_import import release_import
from functions.drimbox.operations.replaying import replay
from functions.drimbox.operations.view import view
from functions.drimbox.publication.imported import Imported
from tests.drimbox.operations.conftest import CASE, STUDY, Reported, active, report
from tests.fakes.world import OPERATOR, World

WORD = Word(STUDY, "Made here")


@pytest.fixture
def imported(world: World) -> Reported:
    """A report whose study the PACS holds, and which counts as imported."""
    world.archive_study(CASE)
    world.imported.add(Imported(STUDY, "1860000011", world.clock.now()))
    said = report(world)
    assert said.outcome.reason == "imported_study"
    return said


def release(said: Reported, word: Word = WORD) -> int:
    return release_import(said.world.at_rest, OPERATOR, message_id=said.id, word=word)


def test_a_release_publishes_nothing_and_the_replay_publishes(imported: Reported) -> None:
    world = imported.world
    shown = view(world.at_rest, world.archive, world.known, OPERATOR, imported.id)
    assert shown["studies"][0]["imported"]["establishment"] == "1860000011"
    replay(world.at_rest, world.queue, OPERATOR, message_id=imported.id)
    world.work()
    assert imported.outcome.reason == "imported_study", "a replay alone changes nothing"
    assert release(imported) == 1
    world.work()
    assert (imported.outcome.outcome, active(world)) == ("held", [])
    replay(world.at_rest, world.queue, OPERATOR, message_id=imported.id)
    world.work()
    assert (imported.outcome.outcome, active(world)) == ("published", [str(STUDY)])
    shown = view(world.at_rest, world.archive, world.known, OPERATOR, imported.id)
    assert "imported" not in shown["studies"][0]
    (kept,) = shown["overrides"]
    assert kept["who"] == "operator-1"
    assert kept["released"][str(STUDY)]["reason"] == "Made here"
    (facts,) = [f for (e, *_), f in world.audit.records.items() if e == "import.released"]
    assert (facts["who"], facts["establishment"]) == ("operator-1", "1860000011")


def test_images_of_another_patient_stay_unpublished(world: World) -> None:
    """The release says nothing of the images: those of another site do not fit the report."""
    world.archive_study(replace(CASE, ipp="ANOTHER"))
    world.imported.add(Imported(STUDY, "1860000011", world.clock.now()))
    said = report(world)
    release(said)
    replay(world.at_rest, world.queue, OPERATOR, message_id=said.id)
    world.work()
    assert (said.outcome.outcome, said.outcome.reason) == ("held", "patient_mismatch")


def test_only_a_study_that_is_held_as_imported_is_released(
    imported: Reported, world: World
) -> None:
    with pytest.raises(Absent):
        release(imported, Word(Uid("1.2.3"), "x"))
    with pytest.raises(Absent):
        release(replace(imported, id="unknown"))
    release(imported)
    with pytest.raises(Absent):
        release(imported)
    assert [one for one in world.audit.events() if one[0] == "import.released"] == [
        ("import.released", "ordered")
    ]


def test_a_study_held_for_another_reason_is_not_released(held: Reported, world: World) -> None:
    world.imported.add(Imported(STUDY, "1860000011", world.clock.now()))
    with pytest.raises(Absent):
        release(held)


def test_an_import_that_begins_meanwhile_stays_remembered(
    imported: Reported, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = imported.world
    monkeypatch.setattr(type(world.imported), "release", lambda *_: False)
    with pytest.raises(Conflict) as raised:
        release(imported)
    assert raised.value.code == "imported_again"
    assert world.entry(imported.id).override == 0
