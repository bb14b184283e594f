"""The choice that an override makes, by the states of the studies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import pytest

from functions.drimbox.errors import BadRequest, Conflict, RequestError
from functions.drimbox.oid import Uid
from functions.drimbox.operations.choosing import Choosing, NextReplay, Undoing
from functions.drimbox.publication.message_entry import MessageEntry, Outcome, StudyOutcome

AT: Final = datetime(2026, 11, 26, 9, tzinfo=UTC)
A1, A2, B1, B2, C1 = (Uid(f"1.2.{number}") for number in range(1, 6))


def choosing(former: Mapping[Uid, Uid], **states: str) -> Choosing:
    """A report that names A1 and A2; ``states`` by the names of the studies."""
    known = {"A1": A1, "A2": A2, "B1": B1, "B2": B2}
    studies = {known[name]: StudyOutcome(Outcome(state), "", AT) for name, state in states.items()}
    return Choosing(MessageEntry("m", AT, 0, "", studies), former, (A1, A2))


HELD = {"A1": "held", "A2": "held"}
APPLIED = {"A1": "set_aside", "A2": "held", "B1": "held"}


@pytest.mark.parametrize(
    ("former", "states", "wanted", "keeps", "made"),
    [
        ({}, HELD, {A1: B1}, False, {A1: B1}),
        ({}, HELD, {}, False, {}),
        ({A1: B1}, HELD, {A2: B2}, False, {A2: B2}),
        ({A1: B1}, HELD, {A2: B2}, True, {A1: B1, A2: B2}),
        ({A1: B1}, APPLIED, {}, False, {}),
        ({A1: B1}, APPLIED, {B1: C1}, False, {A1: C1}),
        ({A1: B1}, APPLIED, {A1: C1}, False, {A1: C1}),
        ({A1: B1}, APPLIED, {B1: A1}, True, {}),
        ({A1: B1}, {**APPLIED, "B1": "superseded"}, {}, False, {}),
        # A choice that is published stays, whatever else is chosen.
        ({A1: B1}, {**APPLIED, "B1": "published"}, {A2: B2}, False, {A1: B1, A2: B2}),
        (
            {A1: B1, A2: B2},
            {"A1": "set_aside", "A2": "set_aside", "B1": "withdrawn", "B2": "held"},
            {},
            False,
            {A1: B1},
        ),
    ],
)
def test_the_choice_that_an_act_makes(
    former: Mapping[Uid, Uid],
    states: Mapping[str, str],
    wanted: Mapping[Uid, Uid],
    keeps: bool,
    made: Mapping[Uid, Uid],
) -> None:
    assert choosing(former, **states).chosen(wanted, keeps=keeps) == made


REFUSED: Final[list[tuple[Mapping[Uid, Uid], Mapping[str, str], Mapping[Uid, Uid], str]]] = [
    ({}, HELD, {C1: B1}, "/studies"),
    ({}, HELD, {A1: A2}, "/studies"),
    ({}, HELD, {A1: A1}, "/studies"),
    ({}, {"A1": "published"}, {A1: B1}, "/studies"),
    ({}, {"A1": "superseded"}, {A1: B1}, "/studies"),
    ({}, {}, {A1: B1}, "/studies"),
    ({A1: B1}, APPLIED, {A1: C1, B1: B2}, "/studies"),
    ({A1: B1}, {**APPLIED, "B1": "published"}, {A2: B1}, "/studies"),
    ({A1: B1}, {**APPLIED, "B1": "published"}, {}, "override_published"),
    ({A1: B1}, {**APPLIED, "B1": "withdrawn"}, {B1: C1}, "override_published"),
    ({A1: B1}, {**APPLIED, "B1": "in_progress"}, {}, "study_in_progress"),
    ({A1: B1}, {**APPLIED, "B1": "in_progress"}, {A1: C1}, "study_in_progress"),
]


@pytest.mark.parametrize(("former", "states", "wanted", "why"), REFUSED)
def test_a_choice_that_is_not_possible(
    former: Mapping[Uid, Uid], states: Mapping[str, str], wanted: Mapping[Uid, Uid], why: str
) -> None:
    with pytest.raises((BadRequest, Conflict)) as raised:
        choosing(former, **states).chosen(wanted, keeps=False)
    error = raised.value
    assert isinstance(error, RequestError)
    assert why in (error.code, str(error))


@pytest.mark.parametrize(
    ("former", "states", "undoing"),
    [
        ({}, HELD, Undoing.NOTHING),
        ({A1: B1}, HELD, Undoing.POSSIBLE),
        ({A1: B1}, APPLIED, Undoing.POSSIBLE),
        ({A1: B1}, {**APPLIED, "B1": "in_progress"}, Undoing.IN_PROGRESS),
        ({A1: B1}, {**APPLIED, "B1": "published"}, Undoing.PUBLISHED),
        ({A1: B1, A2: B2}, {**APPLIED, "B1": "published"}, Undoing.POSSIBLE),
    ],
)
def test_whether_a_choice_may_be_taken_back(
    former: Mapping[Uid, Uid], states: Mapping[str, str], undoing: Undoing
) -> None:
    assert choosing(former, **states).undoing is undoing


def test_the_studies_that_stand_in_no_other_place() -> None:
    chosen = choosing({A1: B1}, **APPLIED)
    taken = {one for one in (A1, A2, B1, C1) if chosen.is_taken(B1, one)}
    assert taken == {A2, B1}
    assert [chosen.may_be_chosen_for(one) for one in (A1, A2, B1, C1)] == [False, True, True, False]


TAKES, LEAVES = NextReplay.TAKES, NextReplay.LEAVES


@pytest.mark.parametrize(
    ("former", "states", "study", "expected"),
    [
        ({}, APPLIED, A1, TAKES),
        ({A1: B1}, APPLIED, A1, None),
        ({A1: B2}, APPLIED, A1, None),
        ({}, HELD, A1, None),
        ({}, APPLIED, B1, LEAVES),
        ({A1: B2}, APPLIED, B1, LEAVES),
        ({A1: B1}, APPLIED, B1, None),
        ({}, {**APPLIED, "B1": "set_aside"}, B1, None),
        ({}, {**APPLIED, "B1": "published"}, B1, None),
        # A correction leaves B2 out; no operator ever chose it.
        ({}, {**APPLIED, "B2": "held"}, B2, None),
    ],
)
def test_the_next_replay_applies_a_choice_that_was_taken_back(
    former: Mapping[Uid, Uid],
    states: Mapping[str, str],
    study: Uid,
    expected: NextReplay | None,
) -> None:
    assert choosing(former, **states).next_replay(study, {B1}) is expected
