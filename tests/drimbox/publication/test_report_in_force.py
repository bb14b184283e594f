"""The report in whose name a message speaks: its own, or the one in force with its override."""

from __future__ import annotations

import pytest

from functions.drimbox.errors import Held, StorageUnavailable
from functions.drimbox.oid import Uid
from functions.drimbox.operations.withdrawing import withdraw
from functions.drimbox.publication import archive
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.messages import load, load_raw
from functions.drimbox.publication.overrides import Override
from functions.drimbox.publication.report_in_force import ReportInForce, report_in_force
from functions.drimbox.publication.steps.submission import Submission
from tests.drimbox.publication.scenes import (
    MESSAGES,
    STUDY,
    order,
    play,
)
from tests.fakes.world import OPERATOR, World


def test_a_change_without_version_in_force_is_an_error_of_ours(world: World) -> None:
    message_id = order(world).message_id
    change = Change("demo", message_id, STUDY, 0)
    with pytest.raises(Held) as raised:
        Submission.begin(world.site, change).report  # noqa: B018
    assert raised.value.code == "internal_error"
    with pytest.raises(StorageUnavailable):
        load_raw(world.site, "f" * 32)


def in_force(world: World, message_id: str) -> ReportInForce:
    message = load(world.site, message_id)
    return report_in_force(world.archive, message, world.records.get(STUDY))


def test_a_report_speaks_in_its_own_name(world: World) -> None:
    play(world, ["P1"])
    message_id = world.send(MESSAGES["R2"], control_id="R2").message_id
    found = in_force(world, message_id)
    assert found.report.document.version == 2
    assert (found.override, found.ordered_by) == (None, "")
    assert found.raw == load_raw(world.site, message_id)


def test_an_image_change_speaks_in_the_name_of_the_version_in_force(world: World) -> None:
    play(world, ["P1", "R2"])
    found = in_force(world, order(world).message_id)
    assert (found.report.document.version, found.ordered_by) == (2, "")
    assert b"|OMI^" not in found.raw


def test_the_override_of_the_version_in_force_still_applies(world: World) -> None:
    play(world, ["P1"])
    current = world.records.get(STUDY).current
    assert current is not None
    other = Uid("1.2.3.4")
    override = Override(1, "operator-1", world.clock.now(), {STUDY: other})
    world.archive.objects[archive.key_of(current.intent_id, archive.OVERRIDE)] = override.encode()
    found = in_force(world, order(world).message_id)
    assert found.override == override
    assert [exam.study_instance_uid for exam in found.report.document.exams] == [other]


def test_an_operator_s_withdrawal_names_the_operator(world: World) -> None:
    play(world, ["P1"])
    (published,) = world.log.entries
    ordered = withdraw(world.at_rest, world.queue, OPERATOR, message_id=published, study=STUDY)
    assert in_force(world, ordered).ordered_by == "operator-1"


def test_an_archive_that_lost_the_report_is_an_error(world: World) -> None:
    play(world, ["P1"])
    message_id = order(world).message_id
    for key in [key for key in world.archive.objects if key.endswith(archive.MESSAGE)]:
        del world.archive.objects[key]
    with pytest.raises(StorageUnavailable):
        in_force(world, message_id)
