"""An identity is confirmed by a named operator, for a reason, and by nobody else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.drimbox.errors import Absent, BadRequest, Conflict
from functions.drimbox.oid import Uid
from functions.drimbox.operations.confirming_identity import (
    LONGEST_REASON,
    Word,
    confirm_identity,
)
from functions.drimbox.operations.overriding import MOST_OVERRIDES, Choice, override
from functions.drimbox.operations.view import view
from functions.drimbox.publication.messages import load_override
from functions.drimbox.publication.overrides import Override
from tests.drimbox.operations.conftest import CASE, Reported, report
from tests.fakes.world import OPERATOR, SENDER, World, case

OTHER = replace(case("M"), archived_traits=None)
STUDY = Uid(OTHER.studies[0])
GOOD: Mapping[str, Any] = {"study_instance_uid": str(STUDY), "reason": " Checked ", "confirm": True}


@pytest.fixture
def contested(world: World) -> Reported:
    """A report that contradicts the traits that an earlier one gave."""
    for control_id, what in enumerate((CASE, OTHER)):
        world.archive_study(what)
        said = report(world, what, control_id=str(control_id))
    assert said.outcome.reason == "known_traits_mismatch"
    return said


def confirm(said: Reported, reason: str = "Checked") -> int:
    site, word = said.world.at_rest, Word(said.study, reason)
    return confirm_identity(site, said.world.queue, OPERATOR, message_id=said.id, word=word)


def test_the_operator_sees_what_differs_and_what_the_images_say(contested: Reported) -> None:
    (study,) = view(
        contested.world.at_rest,
        contested.world.archive,
        contested.world.known,
        OPERATOR,
        contested.id,
    )["studies"]
    assert "birth_date" in study["pending"]["contested"]
    assert study["images"]["patient_id"] == OTHER.ipp
    assert not study["pending"]["may_be_in_dmp"]


def test_a_confirmation_publishes_and_names_the_operator(contested: Reported) -> None:
    world = contested.world
    assert confirm(contested) == 1
    world.work()
    assert contested.outcome.outcome == "published"
    seen = view(world.at_rest, world.archive, world.known, OPERATOR, contested.id)
    (kept,) = seen["overrides"]
    assert kept["who"] == "operator-1"
    assert kept["identity"] == {
        str(STUDY): {"reason": "Checked", "traits": kept["identity"][str(STUDY)]["traits"]}
    }
    (facts,) = [f for (e, *_), f in world.audit.records.items() if e == "identity.confirmed"]
    assert (facts["who"], facts["reason"]) == ("operator-1", "Checked")
    assert ("publication.replayed", "queued") in world.audit.events()


def test_a_former_choice_stays(contested: Reported) -> None:
    site = contested.world.at_rest
    override(site, OPERATOR, message_id=contested.id, choice=Choice({}, SENDER))
    assert confirm(contested) == 2
    kept = load_override(site, contested.id, 2)
    assert (kept.sender, tuple(kept.identity)) == (SENDER, (STUDY,))
    # A later choice replaces it as a whole: it confirms nothing.
    override(site, OPERATOR, message_id=contested.id, choice=Choice({}, SENDER))
    assert load_override(site, contested.id, 3).identity == {}


def test_an_override_of_an_earlier_release_confirms_nothing() -> None:
    facts = json.loads(Override(1, "o", datetime(2026, 11, 24, tzinfo=UTC)).encode())
    del facts["identity"]
    old = json.dumps(facts).encode()
    assert Override.decode(old).confirms(STUDY, 0) is None


def test_what_is_held_for_another_reason_is_not_confirmed(held: Reported, world: World) -> None:
    with pytest.raises(Absent):
        confirm(held)
    with pytest.raises(Absent):
        confirm(replace(held, id="unknown"))
    with pytest.raises(Absent):
        confirm(replace(held, study=Uid("1.2.3")))


def test_what_waits_behind_another_message_is_not_confirmed(contested: Reported) -> None:
    record = contested.world.records.get(STUDY)
    assert record.pending is not None
    for changes in ({"message_id": "another"}, {"contested": None}):
        pending = replace(record.pending, **changes)
        contested.world.records.records[STUDY] = replace(record, pending=pending)
        with pytest.raises(Absent):
            confirm(contested)
    assert contested.world.queue.messages == []


def test_nothing_is_confirmed_while_the_dmp_may_hold_it(contested: Reported) -> None:
    record = contested.world.records.get(STUDY)
    assert record.pending is not None
    doubted = replace(record, pending=replace(record.pending, in_doubt=True))
    contested.world.records.records[STUDY] = doubted
    with pytest.raises(Conflict):
        confirm(contested)


def test_the_number_of_confirmations_is_bounded(contested: Reported) -> None:
    contested.world.log.set_override(contested.id, MOST_OVERRIDES)
    contested.world.inbox.objects[f"overrides/{contested.id}/{MOST_OVERRIDES}.json"] = Override(
        MOST_OVERRIDES, "o", contested.world.clock.now()
    ).encode()
    with pytest.raises(Conflict):
        confirm(contested)


def test_a_word_is_read() -> None:
    assert Word.read(GOOD) == Word(STUDY, "Checked")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"confirm": False}, "not_confirmed"),
        ({"confirm": "yes"}, "not_confirmed"),
        ({"confirm": 1}, "not_confirmed"),
        ({"reason": ""}, "bad_reason"),
        ({"reason": "  "}, "bad_reason"),
        ({"reason": None}, "bad_reason"),
        ({"reason": "two\nlines"}, "bad_reason"),
        ({"reason": "x" * (LONGEST_REASON + 1)}, "bad_reason"),
        ({"study_instance_uid": "x"}, "bad_study_instance_uid"),
        ({"study_instance_uid": None}, "bad_study_instance_uid"),
        ({"more": 1}, "bad_body"),
    ],
)
def test_an_ill_formed_word_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(BadRequest) as refused:
        Word.read({**GOOD, **changes})
    said = refused.value
    assert code in (said.code, f"bad_{said.field.removeprefix('/')}")


@pytest.mark.parametrize("name", GOOD)
def test_each_field_is_needed(name: str) -> None:
    with pytest.raises(BadRequest):
        Word.read({key: value for key, value in GOOD.items() if key != name})
