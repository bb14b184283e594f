"""An override is kept beside the message, and the next replay takes the message with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from functions.drimbox.errors import BadRequest, Conflict
from functions.drimbox.oid import Uid
from functions.drimbox.operations.correcting import undo
from functions.drimbox.operations.overriding import MOST_OVERRIDES, Choice, override
from functions.drimbox.operations.view import view
from functions.drimbox.publication.messages import load_override
from functions.drimbox.publication.overrides import Override, override_key
from functions.drimbox.publication.record import State
from functions.drimbox.tenants.model import Sender, SenderPolicy
from simulators.ris.messages import message
from tests.drimbox.operations.conftest import CASE, OTHER, STUDY, Reported, report
from tests.fakes.world import (
    ISSUER,
    OPERATOR,
    SENDER,
    STRUCTURE,
    SUBJECT,
    TENANT,
    World,
    case,
    study_index,
)

CHOSEN = Choice({STUDY: OTHER}, None)
FORCED = Choice({}, SENDER)


def arrive(world: World, **changes: Any) -> None:
    """The study that the report should have named, in the PACS."""
    index = study_index(OTHER, accession=CASE.orders[0].accession, patient=CASE.ipp)
    world.pacs.studies[OTHER] = replace(index, **changes)


def overridden(held: Reported, choice: Choice = CHOSEN) -> int:
    return override(held.world.at_rest, OPERATOR, message_id=held.id, choice=choice)


def test_the_chosen_study_is_published_in_place_of_the_named_one(held: Reported) -> None:
    world = held.world
    arrive(world)
    raw = world.inbox.objects[f"messages/{held.id}.hl7"]
    assert overridden(held) == 1
    assert held.outcome.outcome == "held"  # nothing happens before the replay
    world.replay(held.id)
    world.work()
    entry = world.entry(held.id)
    assert {str(s): str(o.outcome) for s, o in entry.studies.items()} == {
        STUDY: "set_aside",
        OTHER: "published",
    }
    (document,) = world.manifests()
    assert any(value.startswith(f"{OTHER}^") for value in document["reference_ids"])
    assert world.records.get(STUDY).pending is None
    assert world.inbox.objects[f"messages/{held.id}.hl7"] == raw
    seen = view(world.at_rest, world.archive, world.known, OPERATOR, held.id)
    (kept,) = seen["overrides"]
    assert (kept["who"], kept["studies"]) == ("operator-1", {STUDY: OTHER})
    (audited,) = [
        facts for (e, *_), facts in world.audit.records.items() if e == "publication.overridden"
    ]
    assert audited["studies"] == f"{STUDY}={OTHER}"


def test_images_that_change_later_are_read_with_the_override(held: Reported) -> None:
    world = held.world
    arrive(world)
    overridden(held)
    world.replay(held.id)
    world.work()
    arrive(world, description="one series less")
    omi = replace(CASE, exams=tuple(replace(e, studies=(str(OTHER),)) for e in CASE.exams))
    changed = report_omi(world, omi)
    assert world.entry(changed).state == "published"
    current = world.records.get(OTHER).current
    assert current is not None
    assert current.version == 2
    assert f"studies/{current.intent_id}/override.json" in world.archive.objects


def report_omi(world: World, what: Any) -> str:
    message_id = world.send(what, "OMI", control_id="omi").message_id
    world.work()
    return message_id


def test_a_choice_vouches_for_nothing(held: Reported) -> None:
    world = held.world
    arrive(world, patient_id="IPP999")
    overridden(held)
    world.replay(held.id)
    world.work()
    outcome = world.entry(held.id).studies[OTHER]
    assert (outcome.outcome, outcome.reason) == ("held", "patient_mismatch")
    assert world.manifests() == []
    arrive(world)
    world.replay(held.id)  # the choice still counts
    world.work()
    assert world.entry(held.id).studies[OTHER].outcome == "published"


def test_a_replay_that_is_delivered_twice_is_one(held: Reported) -> None:
    world = held.world
    arrive(world)
    overridden(held)
    world.replay(held.id)
    world.queue.messages.append(world.queue.messages[0])
    world.work()
    assert len(world.manifests()) == 1
    assert world.entry(held.id).studies[OTHER].outcome == "published"


def test_a_forced_sender_publishes_what_was_left_aside(world: World) -> None:
    ignored = Sender(*SENDER, SUBJECT, ISSUER, SenderPolicy.IGNORE)
    trusted = Sender("OTHER_RIS", "AMBROISE", SUBJECT, ISSUER)
    world.tenant = replace(TENANT, senders=(ignored, trusted))
    world.archive_study(CASE)
    message_id = world.send(CASE).message_id
    world.work()
    assert world.entry(message_id).state == "ignored"
    choice = Choice({}, ("OTHER_RIS", "AMBROISE"))
    override(world.at_rest, OPERATOR, message_id=message_id, choice=choice)
    world.replay(message_id)
    world.work()
    assert world.entry(message_id).state == "published"
    assert world.entry(message_id).ignored == ""
    assert len(world.manifests()) == 1


def test_a_sender_by_which_a_message_came_back_is_not_taken_away(world: World) -> None:
    """A replay without it would do nothing, and tell nobody."""
    ignored = Sender(*SENDER, SUBJECT, ISSUER, SenderPolicy.IGNORE)
    world.tenant = replace(
        TENANT, senders=(ignored, Sender("OTHER_RIS", "AMBROISE", SUBJECT, ISSUER))
    )
    seen = Reported(world, world.send(CASE).message_id, STUDY)
    world.work()
    overridden(seen, Choice({}, ("OTHER_RIS", "AMBROISE")))
    world.replay(seen.id)
    world.work()
    assert seen.outcome.reason == "study_not_found"
    for choice in (Choice({}, None), CHOSEN):
        with pytest.raises(BadRequest, match="sender"):
            overridden(seen, choice)
    arrive(world)
    override(world.at_rest, OPERATOR, message_id=seen.id, choice=CHOSEN, keeps=True)
    undo(world.at_rest, OPERATOR, message_id=seen.id)
    assert load_override(world.at_rest, seen.id, 3).sender == ("OTHER_RIS", "AMBROISE")


def test_a_forced_sender_settles_whose_message_it_is(world: World) -> None:
    world.archive_study(CASE)
    raw = message(CASE, "ORU", sender=SENDER, control_id="1", at=world.clock.now())
    other = b"\r".join(
        line.replace(STRUCTURE[1:].encode(), b"999999999") if line.startswith(b"PRT") else line
        for line in raw.split(b"\r")
    )
    assert other != raw
    seen = Reported(world, world.resend(other).message_id, STUDY)
    world.work()
    assert seen.outcome.reason == "structure_mismatch"
    overridden(seen, FORCED)
    world.replay(seen.id)
    world.work()
    assert seen.outcome.outcome == "published"


def test_a_document_that_may_be_in_the_dmp_gets_no_override(held: Reported) -> None:
    world = held.world
    record = world.records.get(STUDY)
    assert record.pending is not None
    world.records.put(replace(record, pending=replace(record.pending, in_doubt=True)))
    with pytest.raises(Conflict):
        overridden(held)
    assert world.entry(held.id).override == 0


def test_overrides_are_numbered_and_the_last_one_counts(held: Reported) -> None:
    world = held.world
    lost = Override(1, "operator-2", world.clock.now(), {STUDY: Uid("1.2.3")})
    world.inbox.put_once(override_key(held.id, 1), lost.encode())  # its writer was killed
    assert overridden(held, FORCED) == 2
    assert overridden(held) == 3
    assert [
        one["number"]
        for one in view(world.at_rest, world.archive, world.known, OPERATOR, held.id)["overrides"]
    ] == [
        1,
        2,
        3,
    ]
    for _ in range(MOST_OVERRIDES - 3):
        overridden(held)
    with pytest.raises(Conflict):
        overridden(held)


@pytest.mark.parametrize("number", range(1, 48, 4))
def test_a_overridden_replay_killed_anywhere_goes_on(held: Reported, number: int) -> None:
    world = held.world
    arrive(world)
    overridden(held)
    world.replay(held.id)
    world.calls.kill_at = len(world.calls.names) + number
    world.work()
    assert {o.outcome for o in world.entry(held.id).studies.values()} == {"set_aside", "published"}
    assert world.records.get(STUDY).pending is None
    assert len(world.manifests()) == 1


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"study": "1.2"},
        {"studies": ["1.2"]},
        {"studies": {"1.2.3": 4}},
        {"studies": {"1.2.3": "one"}},
        {"studies": {"1.2.3": "1.2.3"}},
        {"studies": {"1.2.3": "1.2.4", "1.2.5": "1.2.4"}},
        {"studies": {"1.2.3": "1.2.4", "1.2.4": "1.2.3"}},
        {"sender": 7},
        {"sender": "RIS"},
    ],
)
def test_requests_that_are_no_override(facts: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        Choice.read(facts)


def test_a_valid_request_is_read() -> None:
    choice = Choice.read({"studies": {"1.2.3": "1.2.4"}, "sender": "A|B"})
    assert choice == Choice({Uid("1.2.3"): Uid("1.2.4")}, ("A", "B"))


@pytest.mark.parametrize(
    "choice",
    [
        Choice({OTHER: Uid("1.2.3")}, None),
        Choice({}, ("NOBODY", "NOWHERE")),
        Choice({STUDY: STUDY}, None),
    ],
)
def test_impossible_overrides(held: Reported, choice: Choice) -> None:
    with pytest.raises(BadRequest):
        overridden(held, choice)
    assert held.world.entry(held.id).override == 0


def test_only_reports_are_overridden(world: World) -> None:
    message_id = report_omi(world, CASE)
    with pytest.raises(BadRequest):
        override(world.at_rest, OPERATOR, message_id=message_id, choice=FORCED)


def test_a_held_study_that_was_sent_keeps_its_place(held: Reported) -> None:
    """Between the override and its replay somebody else's execution may have sent something."""
    world = held.world
    arrive(world)
    overridden(held)
    record = world.records.get(STUDY)
    assert record.pending is not None
    doubtful = replace(record.pending, state=State.HELD, in_doubt=True)
    world.records.put(replace(record, pending=doubtful))
    world.replay(held.id)
    world.work()
    pending = world.records.get(STUDY).pending
    assert pending is not None
    assert pending.in_doubt


def test_a_request_without_sender_leaves_the_message_s_own() -> None:
    assert Choice.read({"studies": {str(STUDY): str(OTHER)}, "sender": None}) == CHOSEN
    assert Choice.read({"studies": {str(STUDY): str(OTHER)}}) == CHOSEN


def test_a_second_choice_counts_for_the_study_that_the_report_names(held: Reported) -> None:
    """The first choice is of another patient: the operator chooses again, in its place."""
    world, third = held.world, Uid(f"{OTHER}.3")
    arrive(world, patient_id="IPP999")
    overridden(held)
    world.replay(held.id)
    world.work()
    index = study_index(third, accession=CASE.orders[0].accession, patient=CASE.ipp)
    world.pacs.studies[third] = index
    assert overridden(held, Choice({OTHER: third}, None)) == 2
    world.replay(held.id)
    world.work()
    entry = world.entry(held.id)
    assert {str(s): str(o.outcome) for s, o in entry.studies.items()} == {
        STUDY: "set_aside",
        OTHER: "set_aside",
        third: "published",
    }
    assert world.records.get(OTHER).pending is None
    assert len(world.manifests()) == 1


TWO = case("F")


def two_held(world: World) -> Reported:
    return report(world, TWO)


def test_what_was_chosen_before_may_stay(world: World) -> None:
    held = two_held(world)
    first, second = (Uid(one) for one in TWO.studies)
    site = world.at_rest
    before = Choice({first: OTHER}, SENDER)
    override(site, OPERATOR, message_id=held.id, choice=before)
    third = Uid(f"{OTHER}.3")
    after = Choice({second: third}, None)
    override(site, OPERATOR, message_id=held.id, choice=after, keeps=True)
    kept = load_override(site, held.id, 2)
    assert (kept.studies, kept.sender) == ({first: OTHER, second: third}, SENDER)
    override(site, OPERATOR, message_id=held.id, choice=after)
    whole = load_override(site, held.id, 3)
    assert (whole.studies, whole.sender) == ({second: third}, None)


def test_one_study_stands_for_one_of_the_report_s(world: World) -> None:
    held = two_held(world)
    first, second = (Uid(one) for one in TWO.studies)
    override(world.at_rest, OPERATOR, message_id=held.id, choice=Choice({first: OTHER}, None))
    twice = Choice({second: OTHER}, None)
    with pytest.raises(BadRequest, match="studies"):
        override(world.at_rest, OPERATOR, message_id=held.id, choice=twice, keeps=True)
