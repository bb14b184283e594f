"""The wait for a study: it starts at the first answer without it, and nothing starts it again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from functions.drimbox.dmp.signing import SHA1
from functions.drimbox.errors import (
    Held,
    PacsAnswerUnusable,
    PacsUnavailable,
    StorageUnavailable,
    StudyNotFoundYet,
)
from functions.drimbox.oid import Uid
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.imported import Imported
from functions.drimbox.publication.message_entry import MessageEntry
from functions.drimbox.publication.steps.admit import admit_report
from functions.drimbox.publication.steps.build import build_manifest
from functions.drimbox.publication.steps.hold import hold_publication
from functions.drimbox.publication.steps.index import index_study
from tests.fakes.world import DB_URL, TENANT, Killed, World, case

WAIT = TENANT.study_wait
SECOND = timedelta(seconds=1)
REPORT = case("C")


@pytest.fixture
def change(world: World) -> Change:
    """A report whose study is not in the PACS; it was just admitted."""
    message_id = world.send(REPORT).message_id
    world.log.open(MessageEntry(message_id, world.clock.now(), 0, ""))
    admitted = Change("demo", message_id, Uid(REPORT.studies[0]), 0)
    admit_report(world.site, admitted)
    return admitted


def down() -> None:
    raise PacsUnavailable("no answer")


def look(world: World, change: Change) -> str:
    """The result of one look at the PACS: an error's name, a hold's reason, or the outcome."""
    try:
        outcome: str = index_study(world.site, change, world.pacs, world.known)["outcome"]
    except Held as error:
        return error.code
    except (StudyNotFoundYet, PacsUnavailable, StorageUnavailable) as error:
        return type(error).__name__
    return outcome


def missing_since(world: World, change: Change) -> datetime | None:
    pending = world.records.get(change.study_instance_uid).pending
    assert pending is not None
    return pending.missing_since


def test_an_import_that_began_after_the_admission_holds_the_report(
    world: World, change: Change
) -> None:
    world.archive_study(REPORT)
    world.imported.add(Imported(change.study_instance_uid, "1860000011", world.clock.now()))
    assert look(world, change) == "imported_study"


def test_a_study_whose_manifest_is_built_is_not_looked_for_again(
    world: World, change: Change
) -> None:
    """The intent froze the index: a second look could only contradict it."""
    world.archive_study(REPORT)
    assert look(world, change) == "continue"
    build_manifest(world.site, change, world, DB_URL, SHA1, uids=world.uids)
    world.pacs.fails = down
    assert look(world, change) == "continue"


def test_an_outage_before_the_first_answer_takes_nothing_of_the_wait(
    world: World, change: Change
) -> None:
    world.pacs.fails = down
    for _ in range(5):
        assert look(world, change) == "PacsUnavailable"
        world.clock.advance(WAIT)
    assert missing_since(world, change) is None
    world.pacs.fails = lambda: None
    first = world.clock.now()
    assert look(world, change) == "StudyNotFoundYet"
    assert missing_since(world, change) == first
    world.clock.advance(WAIT - SECOND)
    assert look(world, change) == "StudyNotFoundYet"
    world.clock.advance(SECOND)
    assert look(world, change) == "study_not_found"


def test_a_long_queue_before_the_first_look_takes_nothing_of_the_wait(
    world: World, change: Change
) -> None:
    world.clock.advance(10 * WAIT)
    assert look(world, change) == "StudyNotFoundYet"
    world.clock.advance(WAIT)
    assert look(world, change) == "study_not_found"


@pytest.mark.parametrize("looks", [1, 2, 6, 60])
def test_a_look_does_not_start_the_wait_again(world: World, change: Change, looks: int) -> None:
    first = world.clock.now()
    for _ in range(looks):
        assert look(world, change) == "StudyNotFoundYet"
        assert missing_since(world, change) == first
        world.clock.advance(WAIT / looks)
    assert look(world, change) == "study_not_found"
    # The record is written once, not at every look.
    assert world.calls.names.count("records.put") == 2


def test_an_outage_in_the_middle_does_not_start_the_wait_again(
    world: World, change: Change
) -> None:
    assert look(world, change) == "StudyNotFoundYet"
    world.pacs.fails = down
    world.clock.advance(WAIT / 2)
    assert look(world, change) == "PacsUnavailable"
    world.pacs.fails = lambda: None
    world.clock.advance(WAIT / 2)
    assert look(world, change) == "study_not_found"


def test_a_study_that_comes_at_the_last_moment_or_after_it_is_taken(
    world: World, change: Change
) -> None:
    assert look(world, change) == "StudyNotFoundYet"
    world.clock.advance(2 * WAIT)
    world.archive_study(REPORT)
    assert look(world, change) == "continue"


def test_a_replay_waits_afresh_from_its_own_first_look(world: World, change: Change) -> None:
    assert look(world, change) == "StudyNotFoundYet"
    world.clock.advance(WAIT)
    hold_publication(world.site, change, "Held", look(world, change))
    again = Change(change.tenant, change.message_id, change.study_instance_uid, 1)
    world.clock.advance(10 * WAIT)
    admit_report(world.site, again)
    assert missing_since(world, again) is None
    world.clock.advance(10 * WAIT)
    assert look(world, again) == "StudyNotFoundYet"
    world.clock.advance(WAIT)
    assert look(world, again) == "study_not_found"


@pytest.mark.parametrize("after", [False, True])
def test_a_first_look_that_is_killed_keeps_the_first_time_that_was_written(
    world: World, change: Change, after: bool
) -> None:
    first = world.clock.now()
    world.calls.names.clear()
    world.calls.kill_at, world.calls.after = 3, after
    with pytest.raises(Killed):
        look(world, change)
    assert world.calls.names == ["records.get", "circuits.get", "records.put"]
    world.clock.advance(WAIT / 2)
    assert look(world, change) == "StudyNotFoundYet"
    assert missing_since(world, change) == (first if after else world.clock.now())


def test_an_answer_that_is_not_whole_says_that_the_study_is_there(
    world: World, change: Change
) -> None:
    def moving() -> None:
        raise PacsAnswerUnusable("2 of 3")

    assert look(world, change) == "StudyNotFoundYet"
    world.clock.advance(WAIT)
    world.pacs.fails = moving
    assert look(world, change) == "PacsAnswerUnusable"
    assert missing_since(world, change) is None
    world.pacs.fails = lambda: None
    assert look(world, change) == "StudyNotFoundYet"
    world.clock.advance(WAIT)
    assert look(world, change) == "study_not_found"


def test_a_study_that_was_seen_is_not_missing_since_before(
    world: World, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise StorageUnavailable("ours")

    assert look(world, change) == "StudyNotFoundYet"
    world.clock.advance(WAIT)
    world.archive_study(REPORT)
    monkeypatch.setattr(world.archive, "put_once", away)
    assert look(world, change) == "StorageUnavailable"
    assert missing_since(world, change) is None
    del world.pacs.studies[change.study_instance_uid]
    assert look(world, change) == "StudyNotFoundYet"
    world.archive_study(REPORT)
    monkeypatch.undo()
    assert look(world, change) == "continue"


def test_an_answer_that_stays_unusable_is_held_for_what_it_is(world: World, change: Change) -> None:
    def moving() -> None:
        raise PacsAnswerUnusable("2 of 3")

    world.pacs.fails = moving
    assert look(world, change) == "PacsAnswerUnusable"
    world.clock.advance(TENANT.outage_patience)
    assert look(world, change) == "pacs_answer_unusable"
    assert world.circuits.circuits == {}
