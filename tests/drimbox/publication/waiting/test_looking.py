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
from functions.drimbox.oid import Uid
from functions.drimbox.publication.change import Change, Step
from functions.drimbox.publication.record import hold
from functions.drimbox.publication.start import start
from functions.drimbox.publication.steps.admit import admit_report
from functions.drimbox.publication.waiting.looking import Look
from tests.drimbox.publication.waiting.scenes import change, park
from tests.fakes.world import World, case, study_index


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


def taken(world: World) -> tuple[str, Uid]:
    """A report has taken its study: its message and the study."""
    world.send(case("C"))
    ((message_id, replay, at),) = world.queue.messages
    start(world.site, world.workflow, message_id, replay=replay, received_at=at)
    (first,) = world.workflow.started.values()
    admit_report(world.site, first)
    return message_id, first.study_instance_uid


@pytest.mark.parametrize(
    ("mine", "held", "found"),
    [(False, False, Look.ABSENT), (True, False, Look.THERE), (False, True, Look.THERE)],
)
def test_a_turn_has_come_once_no_other_message_works_on_the_study(
    world: World, *, mine: bool, held: bool, found: Look
) -> None:
    message_id, study = taken(world)
    if held:
        record = world.records.get(study)
        world.records.put(hold(record, "dmp_refused", world.clock.now()))
    of = Change("demo", message_id if mine else "m2", study, 0)
    wait = park(world, StudyBusy(), of, Step.READ_REPORT)
    assert world.waker.looker.look(wait) is found
    world.records.records.clear()
    assert world.waker.looker.look(wait) is Look.THERE
