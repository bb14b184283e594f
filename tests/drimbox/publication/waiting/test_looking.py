"""Whether the thing of one study is there: asked outside the workflow, judged by the step."""

from __future__ import annotations

import pytest

from functions.drimbox.errors import (
    ConfigurationError,
    DmpUnavailable,
    Held,
    PacsAnswerUnusable,
    PacsUnavailable,
    StorageUnavailable,
    StudyBusy,
    StudyNotFoundYet,
)
from functions.drimbox.publication.change import Change, Step
from functions.drimbox.publication.record import hold
from functions.drimbox.publication.waiting.looking import Look
from tests.drimbox.publication.waiting.scenes import admitted, change, park
from tests.fakes.world import World, study_index


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (None, Look.ABSENT),
        (Held("patient_mismatch"), Look.THERE),
        (PacsAnswerUnusable("2 of 3"), Look.THERE),
        (PacsUnavailable("503"), Look.UNKNOWN),
        (StorageUnavailable("the tenant's authorities are not there"), Look.UNKNOWN),
        (ConfigurationError("the tenant's authorities are ill-formed"), Look.THERE),
        (ValueError("a fault of ours"), Look.THERE),
    ],
)
def test_only_a_pacs_that_says_so_lacks_a_study(
    world: World, error: Exception | None, found: Look
) -> None:
    def fails() -> None:
        if error is not None:
            raise error

    world.pacs.fails = fails
    assert world.waker.looker.look(park(world, StudyNotFoundYet())) is found


def test_a_study_that_has_come(world: World) -> None:
    world.pacs.studies[change().study_instance_uid] = study_index("1.2.1", accession="A")
    assert world.waker.looker.look(park(world, StudyNotFoundYet())) is Look.THERE


def test_a_thing_that_only_the_step_can_look_for(world: World) -> None:
    assert world.waker.looker.look(park(world, DmpUnavailable("503"))) is Look.THERE


@pytest.mark.parametrize(
    ("mine", "held", "found"),
    [(False, False, Look.ABSENT), (True, False, Look.THERE), (False, True, Look.THERE)],
)
def test_a_turn_has_come_once_no_other_message_works_on_the_study(
    world: World, *, mine: bool, held: bool, found: Look
) -> None:
    first = admitted(world)
    message_id, study = first.message_id, first.study_instance_uid
    if held:
        record = world.records.get(study)
        world.records.put(hold(record, "dmp_refused", world.clock.now()))
    of = Change("demo", message_id if mine else "m2", study, 0)
    wait = park(world, StudyBusy(), of, Step.READ_REPORT)
    assert world.waker.looker.look(wait) is found
    world.records.records.clear()
    assert world.waker.looker.look(wait) is Look.THERE
