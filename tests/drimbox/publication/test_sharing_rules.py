"""Reports that contradict themselves or their predecessors: held, in words, nothing sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.drimbox.errors import Held
from functions.drimbox.identity.parties import Organisation
from functions.drimbox.oid import Uid
from functions.drimbox.publication.sharing_rules import require_consistent
from functions.drimbox.report.model import Report
from functions.drimbox.report.reading import read_report
from functions.drimbox.report.requested_action import Action
from functions.drimbox.tenants.model import Sender, SenderPolicy
from functions.drimbox.wording.held import HELD_REASONS
from simulators.ris.messages import message
from tests.drimbox.publication.scenes import FIRST, STUDY, active, agrees, play, version
from tests.fakes.memory import VirtualClock
from tests.fakes.world import ISSUER, SENDER, SUBJECT, TENANT, World, case


def report(action: Action = Action.PUBLISH) -> Report:
    raw = message(FIRST, control_id="1", at=VirtualClock().now())
    return replace(read_report(raw), action=action)


def reason(found: Report, *, cumulation: bool = True) -> str:
    try:
        require_consistent(replace(TENANT, masking_cumulation=cumulation), found)
    except Held as held:
        return held.code if held.code in HELD_REASONS else "not in the catalogue"
    return ""


@pytest.mark.parametrize("action", Action)
def test_the_structure_of_the_message_is_the_authors(action: Action) -> None:
    found = report(action)
    assert found.sender is not None
    assert reason(found) == ""
    other = replace(found.sender, organisation=Organisation("1999999999", "Autre"))
    assert reason(replace(found, sender=other)) == "structure_mismatch"
    assert reason(replace(found, sender=replace(other, organisation=None))) == ""
    assert reason(replace(found, sender=None)) == ""
    author = replace(found.document.legal_authenticator, organisation=None)
    document = replace(found.document, legal_authenticator=author)
    assert reason(replace(found, document=document)) == ""


@pytest.mark.parametrize(
    ("action", "expected"),
    [(Action.REPLACE, "correction_not_shared"), (Action.WITHDRAW, "")],
)
def test_a_correction_kept_out_of_the_dmp_is_for_a_human(action: Action, expected: str) -> None:
    found = report(action)
    hidden = replace(found, visibility=replace(found.visibility, to_dmp=False))
    restricted = replace(found, document=replace(found.document, confidentiality="V"))
    assert {reason(hidden), reason(restricted)} == {expected}


@pytest.mark.parametrize(
    ("patient", "professionals", "expected"),
    [(True, True, "masking_conflict"), (True, False, ""), (False, True, ""), (False, False, "")],
)
def test_both_masks_at_once_follow_the_parameter_of_the_dmp(
    patient: bool, professionals: bool, expected: str
) -> None:
    found = report()
    shown = replace(
        found.visibility, invisible_to_patient=patient, masked_to_professionals=professionals
    )
    found = replace(found, visibility=shown)
    assert reason(found, cumulation=False) == expected
    assert reason(found, cumulation=True) == ""


def test_a_correction_that_is_not_shared_stands_before_its_original(world: World) -> None:
    hidden = replace(version(2), confidentiality="R")
    world.archive_study(FIRST)
    for name, one in (("R2", hidden), ("P1", FIRST)):
        world.send(one, control_id=name)
        world.work()
    states = [entry.state for entry in world.log.entries.values()]
    assert states == ["held", "superseded"]
    assert active(world) == []
    world.send(replace(version(2), action="CA"), control_id="W2")
    world.work()
    agrees(world, "W2")


def test_a_sender_that_the_tenant_leaves_out_is_acknowledged_and_not_published(
    world: World,
) -> None:
    ignored = replace(TENANT, senders=(Sender(*SENDER, SUBJECT, ISSUER, SenderPolicy.IGNORE),))
    world.tenant = ignored
    play(world, ["P1", "R2"])
    assert {entry.ignored for entry in world.log.entries.values()} == {"ignored_sender"}
    assert world.dmp_calls == 0


def test_a_study_that_a_correction_leaves_out_is_held_and_stays_published(world: World) -> None:
    both = case("F")
    world.archive_study(both)
    world.send(both, control_id="P1")
    world.work()
    kept, left = both.studies
    (exam,) = both.exams
    correction = replace(
        both,
        cda_id=f"{both.cda_id}.2",
        version=2,
        replaces=both.cda_id,
        action="RO",
        orders=both.orders[:1],
        exams=(replace(exam, studies=(kept,)),),
    )
    reception = world.send(correction, control_id="R2")
    world.work()
    studies = world.entry(reception.message_id).studies
    assert {uid: (s.outcome, s.reason) for uid, s in studies.items()} == {
        Uid(kept): ("published", ""),
        Uid(left): ("held", "study_left_out"),
    }
    assert len(active(world)) == 2
    record = world.records.get(Uid(left))
    assert record.pending is None
    assert record.current is not None
    # The withdrawal that names it settles the matter.
    gone = replace(
        both, action="CA", orders=both.orders[1:], exams=(replace(exam, studies=(left,)),)
    )
    world.clock.advance(timedelta(minutes=1))
    world.send(gone, control_id="W1")
    world.work()
    assert world.records.get(Uid(left)).withdrawn is not None
    assert active(world) == [world.records.get(Uid(kept)).current.manifest_uid]  # type: ignore[union-attr]


def test_a_correction_of_the_same_studies_leaves_none_out(world: World) -> None:
    play(world, ["P1", "R2"])
    assert [list(entry.studies) for entry in world.log.entries.values()] == [[STUDY], [STUDY]]
