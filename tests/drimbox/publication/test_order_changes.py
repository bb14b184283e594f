"""Images that change after the publication: the PACS is looked at again, the DMP follows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from functions.drimbox.errors import PacsAnswerUnusable, PacsUnavailable
from functions.drimbox.oid import Uid
from functions.drimbox.publication import archive
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.message_entry import MessageEntry, Outcome, StudyOutcome
from functions.drimbox.publication.patience import APART
from functions.drimbox.publication.ports import Site
from functions.drimbox.publication.record import StudyRecord
from functions.drimbox.publication.steps import index
from functions.drimbox.publication.steps.admit import admit_report
from functions.drimbox.publication.steps.index import index_study
from functions.drimbox.publication.steps.outcome import set_outcome
from tests.drimbox.publication.failing import FAULTS, Fault, first, kill_at_every_call
from tests.drimbox.publication.scenes import (
    FIRST,
    GONE,
    MESSAGES,
    ONE_LESS,
    STUDY,
    active,
    agrees,
    change_images,
    order,
    outcome,
    play,
)
from tests.fakes.world import TENANT, Killed, World, case


def follows(world: World, what: str, *, version: int = 2) -> None:
    """The DMP, the record and the archive say what the PACS holds."""
    record = world.records.get(STUDY)
    assert record.pending is None
    if what == GONE:
        assert active(world) == []
        assert record.withdrawn is not None
        assert [event for event, _ in world.audit.events()].count("manifest.withdrawn") == 1
        return
    assert record.current is not None
    assert record.current.version == version
    assert active(world) == [record.current.manifest_uid]
    folder = f"studies/{record.current.intent_id}"
    manifest = world.archive.objects[f"{folder}/manifest.dcm"]
    instances = [
        one.sop_instance_uid for s in world.pacs.studies[STUDY].series for one in s.instances
    ]
    assert all(uid.encode() in manifest for uid in instances)
    assert len(instances) == 2
    assert f"{STUDY}.1.3".encode() not in manifest
    assert [event for event, _ in world.audit.events()].count("manifest.replaced") == 1


@pytest.mark.parametrize("what", [ONE_LESS, GONE])
@pytest.mark.parametrize("control", ["CA", "NW", "XO"])
def test_the_pacs_decides_whatever_the_order_says(world: World, what: str, control: str) -> None:
    play(world, ["P1"])
    change_images(world, what)
    reception = order(world, **{"ORC|CA|": f"ORC|{control}|"})
    assert reception.code == "AA"
    world.work()
    follows(world, what)
    state = "withdrawn" if what == GONE else "published"
    assert world.entry(reception.message_id).state == state
    assert ("message.received", "accepted") in world.audit.events()
    folder = (world.records.get(STUDY).current or world.records.get(STUDY).withdrawn).intent_id  # type: ignore[union-attr]
    settled = json.loads(world.archive.objects[archive.key_of(folder, archive.SETTLED)])
    assert settled["action"] == ("withdraw" if what == GONE else "replace")


@pytest.mark.parametrize(("control", "waits"), [("CA", False), ("NW", True)])
def test_a_cancelled_and_absent_study_is_withdrawn_at_a_second_look(
    world: World, control: str, waits: bool
) -> None:
    play(world, ["P1"])
    change_images(world, GONE)
    before = world.clock.now()
    order(world, **{"ORC|CA|": f"ORC|{control}|"})
    world.work()
    follows(world, GONE)
    assert (world.clock.now() - before >= TENANT.study_wait) is waits
    assert world.clock.now() - before >= APART


@pytest.mark.parametrize("control", ["CA", "NW"])
def test_one_answer_proves_no_absence_however_short_the_wait(world: World, control: str) -> None:
    world.tenant = replace(world.tenant, study_wait=timedelta(seconds=1))
    play(world, ["P1"])
    change_images(world, GONE)
    before = world.clock.now()
    order(world, **{"ORC|CA|": f"ORC|{control}|"})
    world.work()
    follows(world, GONE)
    assert world.clock.now() - before >= APART


@pytest.mark.parametrize("control", ["CA", "NW"])
def test_a_study_that_is_gone_at_every_second_look_keeps_its_manifest(
    world: World, control: str
) -> None:
    world.tenant = replace(world.tenant, outage_patience=timedelta(hours=1))
    play(world, ["P1"])
    change_images(world, GONE)
    looks = 0

    def moving() -> None:
        nonlocal looks
        looks += 1
        if looks % 2 == 0:
            raise PacsAnswerUnusable("2 of 3")

    world.pacs.fails = moving
    reception = order(world, **{"ORC|CA|": f"ORC|{control}|"})
    world.work()
    assert outcome(world, reception.message_id, STUDY) == ("held", "pacs_answer_unusable")
    assert looks > 4
    assert len(active(world)) == 1


def test_images_that_did_not_change_send_nothing(world: World) -> None:
    play(world, ["P1"])
    calls = world.dmp_calls
    for number in ("O1", "O2"):
        reception = order(world, number)
        world.work()
        assert world.entry(reception.message_id).state == "unchanged"
    assert world.dmp_calls == calls
    agrees(world, "P1")


def test_a_late_execution_of_a_look_that_is_over_takes_nothing(world: World) -> None:
    play(world, ["P1"])
    reception = order(world)
    world.work()
    change = Change(TENANT.tenant, reception.message_id, STUDY, replay=0)
    before = world.records.get(STUDY)
    assert admit_report(world.site, change)["outcome"] == "done"
    assert world.records.get(STUDY) == before


def test_an_execution_that_takes_the_study_while_another_tells_leaves_no_change(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one dies then, and nobody replays a message whose outcome is final."""
    play(world, ["P1"])

    def tell(site: Site, change: Change, what: Outcome) -> None:
        assert admit_report(world.site, change)["outcome"] == "continue"
        assert world.records.get(STUDY).pending is not None
        set_outcome(site, change, what)

    monkeypatch.setattr(index, "set_outcome", tell)
    reception = order(world)
    world.work()
    assert world.entry(reception.message_id).state == "unchanged"
    agrees(world, "P1")


def test_a_study_that_is_not_published_is_left_alone(world: World) -> None:
    world.archive_study(FIRST)
    reception = order(world)
    world.work()
    assert world.entry(reception.message_id).state == "unchanged"
    assert world.records.get(STUDY).revision == 0
    play(world, ["P1", "W1"])
    later = order(world, "O2")
    world.work()
    assert world.entry(later.message_id).state == "unchanged"
    agrees(world, "W1")


def test_the_update_speaks_in_the_name_of_the_version_in_force(world: World) -> None:
    play(world, ["P1", "R2"])
    change_images(world, ONE_LESS)
    order(world)
    world.work()
    record = world.records.get(STUDY)
    assert record.current is not None
    assert record.current.edition.version == 2
    kept = world.archive.objects[f"studies/{record.current.intent_id}/message.hl7"]
    assert b"ORC|RO|" in kept, "the report, for the change after this one"
    # And once more: the chain does not break.
    world.pacs.studies[STUDY] = replace(world.pacs.studies[STUDY], description="again")
    order(world, "O2")
    world.work()
    assert len(active(world)) == 1
    record = world.records.get(STUDY)
    assert record.current is not None
    assert record.current.version == 4


def test_a_report_after_the_images_changed_still_replaces(world: World) -> None:
    play(world, ["P1"])
    change_images(world, ONE_LESS)
    order(world)
    world.send(MESSAGES["R2"], control_id="R2")
    world.work()
    agrees(world, "R2")
    world.send(MESSAGES["W2"], control_id="W2")
    world.work()
    agrees(world, "W2")


def test_images_that_come_back_are_published_by_the_same_report(world: World) -> None:
    play(world, ["P1"])
    change_images(world, GONE)
    order(world)
    world.work()
    follows(world, GONE)
    world.archive_study(FIRST)
    world.send(FIRST, control_id="again")
    world.work()
    agrees(world, "P1")


def test_an_order_of_another_patient_is_held(world: World) -> None:
    play(world, ["P1"])
    change_images(world, GONE)
    other = case("M")
    assert other.ins == FIRST.ins
    reception = order(world, **{FIRST.ins: "248039263001064"})
    world.work()
    study = world.entry(reception.message_id).studies[STUDY]
    assert (study.outcome, study.reason) == ("held", "patient_mismatch")
    agrees(world, "P1")


def test_a_pacs_that_does_not_answer_withdraws_nothing(world: World) -> None:
    play(world, ["P1"])

    def down() -> None:
        raise PacsUnavailable

    world.pacs.fails = down
    reception = order(world)
    world.work()
    study = world.entry(reception.message_id).studies[STUDY]
    assert (study.outcome, study.reason) == ("held", "pacs_unreachable")
    assert len(active(world)) == 1
    world.pacs.fails = lambda: None
    change_images(world, ONE_LESS)
    world.replay(reception.message_id)
    world.work()
    follows(world, ONE_LESS)


def test_a_held_withdrawal_looks_again_when_replayed(world: World) -> None:
    """The study was gone, the DMP refused, and the images came back in the meantime."""
    play(world, ["P1"])
    whole = world.pacs.studies[STUDY]
    change_images(world, GONE)
    world.dmp_fault = lambda request, answer: httpx.Response(403, content=b"")
    reception = order(world)
    world.work()
    assert world.entry(reception.message_id).studies[STUDY].reason == "identity_refused"
    world.dmp_fault = None
    world.pacs.studies[STUDY] = whole
    world.replay(reception.message_id)
    world.work()
    assert world.entry(reception.message_id).state == "unchanged"
    assert len(active(world)) == 1
    assert world.records.get(STUDY).pending is None


def test_a_look_that_is_killed_once_its_change_is_recorded_goes_on(world: World) -> None:
    play(world, ["P1"])
    change_images(world, ONE_LESS)
    put = world.records.put

    def killed(record: StudyRecord) -> StudyRecord:
        put(record)
        world.records.put = put  # type: ignore[method-assign]
        raise Killed

    world.records.put = killed  # type: ignore[method-assign]
    order(world)
    world.work()
    follows(world, ONE_LESS)


@pytest.mark.slow
@pytest.mark.parametrize("what", [ONE_LESS, GONE])
def test_a_kill_at_any_call_loses_and_doubles_nothing(what: str) -> None:
    def prepare(world: World) -> None:
        play(world, ["P1"])
        change_images(world, what)

    def act(world: World) -> None:
        order(world)
        world.work()
        follows(world, what)

    names = kill_at_every_call(prepare, act)
    assert {"dmp.update" if what == GONE else "dmp.submit", "pacs.find_study"} <= set(names)


@pytest.mark.slow
def test_a_kill_while_nothing_changed_ends_unchanged() -> None:
    def act(world: World) -> None:
        reception = order(world)
        world.work()
        assert world.entry(reception.message_id).state == "unchanged"
        agrees(world, "P1")

    names = kill_at_every_call(lambda world: play(world, ["P1"]), act)
    assert "pacs.find_study" in names
    assert not {"dmp.submit", "dmp.update"} & set(names)


@pytest.mark.slow
@pytest.mark.parametrize("what", [ONE_LESS, GONE])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_an_answer_that_does_not_come_has_one_effect(
    world: World,
    what: str,
    fault: Fault,
    count: int,
) -> None:
    play(world, ["P1"])
    change_images(world, what)
    world.dmp_fault = first(count, fault)
    order(world)
    world.work()
    follows(world, what)


def test_a_look_that_found_nothing_changed_ends_the_execution_that_looks_again(
    world: World,
) -> None:
    play(world, ["P1"])
    reception = order(world)
    world.work()
    assert world.entry(reception.message_id).state == "unchanged"
    again = Change("demo", reception.message_id, STUDY, 0)
    said = index_study(world.site, again, world.pacs, world.known)
    assert said["outcome"] == "done"


def test_an_outcome_that_another_one_told_meanwhile_stays(world: World) -> None:
    """The look is over, and a late execution of it says nothing over a later outcome."""
    play(world, ["P1"])
    reception = order(world)
    world.work()
    late = Change("demo", reception.message_id, STUDY, 0)
    set_outcome(world.site, late, Outcome.SUPERSEDED)
    assert index_study(world.site, late, world.pacs, world.known)["outcome"] == "done"
    assert world.entry(reception.message_id).state == "superseded"


def test_a_correction_withdraws_nothing_when_its_study_is_gone(world: World) -> None:
    play(world, ["P1"])
    change_images(world, GONE)
    world.send(MESSAGES["R2"], control_id="R2")
    world.work()
    pending = world.records.get(STUDY).pending
    assert pending is not None
    assert (pending.state, pending.reason) == ("held", "study_not_found")
    assert len(active(world)) == 1


class Dies(Exception):
    """The execution is gone, and nothing tries its step again."""


@pytest.mark.parametrize("when", ["before the outcome", "after the outcome"])
def test_a_look_that_dies_for_good_leaves_no_change_that_nobody_replays(
    world: World, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(world, ["P1"])
    reception = order(world)
    tell = world.log.set_outcome

    def die(message_id: str, study: Uid, outcome: StudyOutcome) -> MessageEntry:
        if outcome.outcome is Outcome.UNCHANGED:
            if when == "after the outcome":
                tell(message_id, study, outcome)
            raise Dies
        return tell(message_id, study, outcome)

    monkeypatch.setattr(world.log, "set_outcome", die)
    with pytest.raises(Dies):
        world.work()
    monkeypatch.undo()
    assert world.records.get(STUDY).pending is None
    change = Change("demo", reception.message_id, STUDY, 0)
    assert index_study(world.site, change, world.pacs, world.known)["outcome"] == "done"
    assert world.entry(reception.message_id).state == "unchanged"
    agrees(world, "P1")
