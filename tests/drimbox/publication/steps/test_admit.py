"""Admission: a message takes the study, waits for its turn, or is told why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.drimbox.errors import (
    Held,
    StudyBusy,
)
from functions.drimbox.publication import messages
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.imported import Imported
from functions.drimbox.publication.message_entry import MessageEntry
from functions.drimbox.publication.steps.admit import admit_report
from functions.drimbox.publication.steps.hold import hold_publication
from tests.drimbox.publication.scenes import GONE, MESSAGES, STUDY, change_images, order, play
from tests.fakes.world import TENANT, World, case


def test_a_change_that_waits_for_another_is_held_in_the_end(world: World, change: Change) -> None:
    second = replace(case("C"), cda_id=case("C", "other").cda_id)
    message_id = world.send(second, control_id="2").message_id
    waiting = replace(change, message_id=message_id)
    with pytest.raises(StudyBusy):
        admit_report(world.site, waiting)  # not even opened: it has waited for no time
    world.log.open(MessageEntry(message_id, world.clock.now(), 0, ""))
    world.clock.advance(TENANT.outage_patience - timedelta(seconds=1))
    with pytest.raises(StudyBusy):
        admit_report(world.site, waiting)
    world.clock.advance(timedelta(seconds=1))
    with pytest.raises(Held) as raised:
        admit_report(world.site, waiting)
    assert raised.value.code == "change_pending"


def test_a_report_on_an_imported_study_is_held_and_takes_nothing(
    world: World, change: Change
) -> None:
    second = replace(case("C"), cda_id=case("C", "other").cda_id)
    message_id = world.send(second, control_id="2").message_id
    world.log.open(MessageEntry(message_id, world.clock.now(), 0, ""))
    held = replace(change, message_id=message_id)
    before = world.records.get(change.study_instance_uid)
    world.imported.add(Imported(change.study_instance_uid, "1860000011", world.clock.now()))
    for _ in range(2):
        with pytest.raises(Held) as raised:
            admit_report(world.site, held)
        assert raised.value.code == "imported_study"
        hold_publication(world.site, held, "Held", raised.value.code)
    assert world.records.get(change.study_instance_uid) == before


def test_a_message_of_an_unknown_kind_is_an_error_of_ours(
    world: World, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "load", lambda *_: object())
    with pytest.raises(AssertionError):
        admit_report(world.site, change)


def test_a_held_change_is_not_taken_again_without_a_replay(world: World, change: Change) -> None:
    hold_publication(world.site, change, "Held", "dmp_refused")
    record = world.records.get(change.study_instance_uid)
    assert admit_report(world.site, change)["outcome"] == "done"
    assert world.records.get(change.study_instance_uid) == record
    assert world.entry(change.message_id).state == "held"


class Dies(Exception):
    """The step is gone between the stored outcome and the ring."""


def test_a_step_that_died_before_it_rang_for_an_order_change_rings_when_it_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(tenant=replace(TENANT, webhook_url="https://ris.example/news"))
    play(world, ["P1"])
    change_images(world, GONE)
    world.send(MESSAGES["R2"], control_id="R2")
    world.work()  # held, since its study is gone: an order change has nothing to look at
    message_id = order(world).message_id

    def die(_: str) -> None:
        raise Dies

    monkeypatch.setattr(world.news, "ring", die)
    with pytest.raises(Dies):
        world.work()
    monkeypatch.undo()
    assert world.entry(message_id).state == "unchanged"
    world.news.rung.clear()
    assert admit_report(world.site, Change("demo", message_id, STUDY, 0))["outcome"] == "done"
    assert world.news.rung == [message_id]
    world.close()
