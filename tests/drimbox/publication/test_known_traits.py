"""Case M, second half: another person under an INS that the tenant has already seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.drimbox.errors import Held, StorageUnavailable
from functions.drimbox.identity.traits import marks_of, patient_key
from functions.drimbox.oid import Uid
from functions.drimbox.operations.confirming_identity import Word, confirm_identity
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.known_traits import KnownTraits, require_known_traits
from functions.drimbox.publication.ports import KnownPatient
from functions.drimbox.publication.receive import Reception
from functions.drimbox.publication.record import State
from functions.drimbox.report.reading import read_report
from simulators.ris.cases import Case
from simulators.ris.messages import message
from tests.drimbox.publication.failing import kill_at_every_call
from tests.fakes.memory import MemoryPatients
from tests.fakes.world import OPERATOR, SECRET, World, case

FIRST = case("C")
# Another study of the same INS and local identifier, under the traits of case M; so are its images.
OTHER = replace(case("M"), archived_traits=None)
STUDY = Uid(OTHER.studies[0])
REASON = "known_traits_mismatch"


def published(world: World, report: Case, control_id: str) -> tuple[Reception, str]:
    """The report and its images; how its message ended."""
    world.archive_study(report)
    said = world.send(report, control_id=control_id)
    world.work()
    return said, world.entry(said.message_id).state


def contradicting(world: World) -> str:
    """An INS is known, and a report contradicts it; its message."""
    assert published(world, FIRST, "1")[1] == "published"
    said, state = published(world, OTHER, "2")
    assert state == "held"
    assert world.entry(said.message_id).studies[STUDY].reason == REASON
    return said.message_id


def again(world: World, message_id: str) -> str:
    """The operator replays; how it ends."""
    world.replay(message_id)
    world.work()
    return world.entry(message_id).state


def confirm(world: World, message_id: str, study: Uid = STUDY) -> None:
    """The operator confirms the identity, which queues a replay."""
    word = Word(study, "Checked with the ward")
    confirm_identity(world.at_rest, world.queue, OPERATOR, message_id=message_id, word=word)


def confirmed(world: World, message_id: str, study: Uid = STUDY) -> str:
    """The same; how it ends."""
    confirm(world, message_id, study)
    world.work()
    return world.entry(message_id).state


def test_other_traits_under_one_ins_are_held_and_nothing_is_sent(world: World) -> None:
    before = contradicting(world), world.patients.patients.copy()
    assert [m["reference_ids"] for m in world.manifests() if str(STUDY) in str(m)] == []
    assert ("publication.held", REASON) in world.audit.events()
    assert (
        world.resend(
            message(OTHER, sender=("DRIM_RIS", "AMBROISE"), control_id="2", at=world.clock.now())
        ).code
        == "AA"
    )
    world.work()
    assert (before[0], world.patients.patients) == before


def test_nothing_of_a_patient_is_readable_in_the_store(world: World) -> None:
    contradicting(world)
    kept = repr(world.patients.patients)
    for trait in (FIRST.ins, FIRST.traits.family, FIRST.traits.birth_date, "ANS-DRIM"):
        assert trait not in kept


def test_a_replay_confirms_nothing_however_often(world: World) -> None:
    message_id = contradicting(world)
    before = world.patients.patients.copy()
    assert [again(world, message_id) for _ in range(3)] == ["held"] * 3
    assert world.patients.patients == before
    assert "traits.confirmed" not in {event for event, _ in world.audit.events()}


def test_an_operator_confirms_by_name_and_both_sets_of_traits_stand(world: World) -> None:
    message_id = contradicting(world)
    pending = world.records.get(STUDY).pending
    assert pending is not None
    assert pending.contested is not None
    assert "birth_date" in pending.contested.traits
    assert confirmed(world, message_id) == "published"
    (facts,) = [f for (e, *_), f in world.audit.records.items() if e == "traits.confirmed"]
    assert facts["who"] == "operator-1"
    assert facts["traits"] == ", ".join(pending.contested.traits)
    # Right reports of either side pass from now on; a third side does not.
    assert published(world, FIRST.fresh("later"), "3")[1] == "published"
    assert published(world, OTHER.fresh("later"), "4")[1] == "published"
    third = replace(OTHER.fresh("third"), traits=replace(OTHER.traits, birth_date="20120126"))
    assert published(world, third, "5")[1] == "held"
    # One report of either side does not mix the two: traits of one with a trait of the other.
    mixed = replace(
        FIRST.fresh("mix"), traits=replace(FIRST.traits, birth_date=OTHER.traits.birth_date)
    )
    assert published(world, mixed, "6")[1] == "held"


def test_a_trait_that_both_sets_leave_open_is_added_to_neither(world: World) -> None:
    report = read_report(message(FIRST, control_id="9", at=world.clock.now()))
    marks = marks_of(report.document.patient, SECRET)
    key = patient_key(report.document.patient.ins, SECRET)
    shared = {"sex": marks["sex"]}
    sets = (shared, {**shared, "birth_place": marks["birth_place"]})
    world.patients.patients[key] = KnownPatient(key, 1, sets[0], sets[1:])
    assert published(world, FIRST, "1")[1] == "published"
    assert world.patients.patients[key].sets == sets


def test_a_trait_not_given_before_is_added_to_its_own_set(world: World) -> None:
    unknown = replace(OTHER, traits=replace(OTHER.traits, sex="U"))
    assert published(world, FIRST, "1")[1] == "published"
    said, _ = published(world, unknown, "2")
    assert confirmed(world, said.message_id) == "published"
    assert published(world, OTHER.fresh("known"), "3")[1] == "published"
    (patient,) = world.patients.patients.values()
    first, second = patient.sets
    assert "sex" in second
    assert first["birth_date"] != second["birth_date"]


def test_a_confirmation_is_of_the_traits_that_were_contradicted_only(world: World) -> None:
    first = contradicting(world)
    third = replace(OTHER.fresh("third"), traits=replace(OTHER.traits, birth_date="20120126"))
    second, state = published(world, third, "3")
    study = Uid(third.studies[0])
    assert state == "held"
    confirm(world, second.message_id, study)  # queued, and the other one comes first
    queued = world.queue.messages.copy()
    world.queue.messages.clear()
    assert confirmed(world, first) == "published"
    world.queue.messages.extend(queued)
    world.work()
    # The known traits are no longer those that the operator saw with the second message.
    assert world.entry(second.message_id).state == "held"
    assert again(world, second.message_id) == "held"
    assert confirmed(world, second.message_id, study) == "published"


def test_a_replay_for_another_reason_confirms_nothing(world: World) -> None:
    assert published(world, FIRST, "1")[1] == "published"
    said = world.send(OTHER, control_id="2")  # its images are not there yet
    world.work()
    assert world.entry(said.message_id).studies[STUDY].reason == "study_not_found"
    world.archive_study(OTHER)
    assert again(world, said.message_id) == "held"
    assert world.entry(said.message_id).studies[STUDY].reason == REASON


def test_a_report_that_did_not_pass_leaves_no_traits(world: World) -> None:
    world.archive_study(OTHER, patient_id="SOMEBODY ELSE")
    said = world.send(OTHER, control_id="1")
    world.work()
    assert world.entry(said.message_id).studies[STUDY].reason == "patient_mismatch"
    assert world.patients.patients == {}
    assert published(world, FIRST, "2")[1] == "published"


def test_a_correction_of_the_published_report_is_compared_too(world: World) -> None:
    assert published(world, case("G1"), "1")[1] == "published"
    renamed = replace(case("G1_MAJ"), traits=replace(FIRST.traits, given="DOMINIQUA"))
    said, state = published(world, renamed, "2")
    assert (state, len(world.manifests())) == ("held", 1)
    assert confirmed(world, said.message_id, Uid(renamed.studies[0])) == "published"
    # An order change afterwards speaks in the name of the version in force.
    series = world.pacs.studies[Uid(renamed.studies[0])].series
    study = world.pacs.studies[Uid(renamed.studies[0])]
    world.pacs.studies[study.study_instance_uid] = replace(
        study,
        series=(
            *series,
            replace(series[0], series_instance_uid=Uid(f"{series[0].series_instance_uid}.9")),
        ),
    )
    order = world.send(renamed, "OMI", control_id="3")
    world.work()
    assert world.entry(order.message_id).state == "published"


def test_a_withdrawal_is_never_stopped_by_traits(world: World) -> None:
    assert published(world, case("I"), "1")[1] == "published"
    gone = replace(case("I_Depublication"), traits=OTHER.traits)
    assert published(world, gone, "2")[1] == "withdrawn"


def test_a_trait_not_given_before_is_added(world: World) -> None:
    unknown = replace(FIRST, traits=replace(FIRST.traits, sex="U"))
    assert published(world, unknown, "1")[1] == "published"
    assert published(world, FIRST.fresh("b"), "2")[1] == "published"
    other = replace(FIRST.fresh("c"), traits=replace(FIRST.traits, sex="M"))
    assert published(world, other, "3")[1] == "held"


@pytest.mark.slow
@pytest.mark.parametrize("by_operator", [False, True])
def test_killed_at_any_call_it_ends_the_same(by_operator: bool) -> None:
    def prepare(world: World) -> None:
        assert published(world, FIRST, "1")[1] == "published"
        if by_operator:
            published(world, OTHER, "2")

    def act(world: World) -> None:
        if by_operator:
            (held,) = [e.message_id for e in world.log.entries.values() if e.state == "held"]
            assert confirmed(world, held) == "published"
            events = [event for event, _ in world.audit.events()]
            assert events.count("traits.confirmed") == 1
        else:
            assert published(world, OTHER, "2")[1] == "held"
            record = world.records.get(STUDY)
            assert record.pending is not None
            assert (record.pending.state, record.pending.reason) == (State.HELD, REASON)
            assert len(world.manifests()) == 1

    names = kill_at_every_call(prepare, act)
    assert {"patients.get", "audit.record"} <= set(names)
    assert ("patients.put" in names) is by_operator


class _Racing(MemoryPatients):
    """Somebody else is faster, ``times`` times; the first of them says these traits."""

    def __init__(self, times: int, traits: dict[str, str]) -> None:
        super().__init__()
        self.times, self.traits = times, traits

    def put(self, patient: KnownPatient) -> bool:
        if self.times:
            self.times -= 1
            super().put(KnownPatient(patient.key, self.get(patient.key).revision, self.traits))
            return False
        return super().put(patient)


def test_of_two_first_reports_at_once_one_passes(world: World, change: Change) -> None:
    report = read_report(message(FIRST, control_id="9", at=world.clock.now()))
    record = world.records.get(Uid(FIRST.studies[0]))
    patient = report.document.patient

    def race(times: int, traits: dict[str, str]) -> None:
        known = KnownTraits(_Racing(times, traits), SECRET)
        require_known_traits(world.site, change, record, patient, known, override=None)

    race(1, {})  # the other one said nothing that contradicts
    with pytest.raises(Held, match=REASON):
        race(1, {"sex": "of somebody else"})
    with pytest.raises(StorageUnavailable):
        race(9, {})
