"""The check foresees the end of a message that the gateway's own record of the study decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from functions.drimbox.feed_check.check import Check, check_message
from functions.drimbox.feed_check.facts import describe
from functions.drimbox.publication.record import State
from simulators.ris.cases import Case
from simulators.ris.messages import message
from tests.drimbox.publication.scenes import FIRST, STUDY, play, version
from tests.fakes.memory import MemoryFoundCertificates
from tests.fakes.world import SENDER, SUBJECT, World


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()


def check(world: World, case: Case) -> Check:
    """The check of ``case`` under a new MSH-10."""
    return check_message(
        message(case, control_id="NEW", sender=SENDER, at=world.clock.now()),
        SUBJECT,
        tenant=world.tenant,
        inbox=world.inbox,
        records=world.records,
        certificates=MemoryFoundCertificates(),
        clock=world.clock,
    )


def test_a_report_of_a_new_study_would_be_published(world: World) -> None:
    assert check(world, FIRST).publication.unpublished == ""


def test_the_report_in_force_would_change_nothing(world: World) -> None:
    play(world, ["P1"])
    found = check(world, FIRST)
    assert (found.answer.code, found.publication.unpublished) == ("AA", "unchanged")
    assert "change nothing" in describe(found)["publication"]["words"]["en"]


def test_an_older_report_would_change_nothing(world: World) -> None:
    play(world, ["P1", "R2"])
    assert check(world, FIRST).publication.unpublished == "superseded"
    assert check(world, version(3)).publication.unpublished == ""


def test_another_report_that_claims_to_be_the_first_would_be_held(world: World) -> None:
    play(world, ["P1"])
    [study] = check(world, replace(version(2), action="NW")).publication.studies
    assert study.hold is not None
    assert study.hold.code == "already_published"


def test_a_change_in_progress_decides_nothing_beforehand(world: World) -> None:
    world.archive_study(FIRST)
    world.send(FIRST, control_id="P1")
    world.pacs.studies.clear()
    world.work()
    record = world.records.get(STUDY)
    assert record.pending is not None
    moving = replace(record, pending=replace(record.pending, state=State.RECEIVED))
    world.records.records[STUDY] = moving
    assert check(world, version(2)).publication.unpublished == ""
