"""The last outcome of a service: noted once a minute, told for an hour."""

from __future__ import annotations

from datetime import timedelta

import pytest

from functions.drimbox.consultation.find_exams import refusals
from functions.drimbox.consultation.outcomes import Asked, LastOutcome, Outcomes
from functions.drimbox.errors import (
    DmpRefused,
    DmpUnavailable,
    Forbidden,
    IdentityUnavailable,
    StorageUnavailable,
)
from tests.drimbox.peers.scenes import AT
from tests.fakes.memory import MemoryOutcomes, VirtualClock

MINUTE = timedelta(minutes=1)


def desk() -> tuple[Outcomes, VirtualClock, MemoryOutcomes]:
    clock, store = VirtualClock(AT), MemoryOutcomes()
    return Outcomes(store, clock), clock, store


def test_an_outcome_tells_since_when_it_lasts() -> None:
    outcomes, clock, store = desk()
    assert outcomes.last(Asked.PSC) is None
    outcomes.note(Asked.PSC, answered=True)
    clock.advance(MINUTE / 2)
    outcomes.note(Asked.PSC, answered=True)
    assert store.writes == 1
    clock.advance(MINUTE)
    outcomes.note(Asked.PSC, answered=True)
    found = outcomes.last(Asked.PSC)
    assert found == LastOutcome(True, AT, AT + 1.5 * MINUTE, 2)
    # Another outcome is noted at once.
    outcomes.note(Asked.PSC, answered=False)
    assert outcomes.last(Asked.PSC) == LastOutcome(False, clock.now(), clock.now(), 3)
    assert outcomes.last(Asked.DMP) is None


def test_an_outcome_of_an_hour_ago_tells_nothing() -> None:
    outcomes, clock, _ = desk()
    outcomes.note(Asked.PSC, answered=False)
    clock.advance(60 * MINUTE)
    assert outcomes.last(Asked.PSC) is None
    outcomes.note(Asked.PSC, answered=False)
    found = outcomes.last(Asked.PSC)
    assert found is not None
    assert found.since == clock.now()


@pytest.mark.parametrize(
    ("error", "answered"),
    [
        (IdentityUnavailable("token"), False),
        (DmpUnavailable("late"), False),
        (DmpRefused(("code",)), True),
        (None, True),
    ],
)
def test_a_call_is_noted_by_its_end(error: Exception | None, answered: bool) -> None:
    outcomes, _, _ = desk()

    def call() -> None:
        with outcomes.noting(Asked.DMP):
            if error is not None:
                raise error

    if error is None:
        call()
    else:
        with pytest.raises(type(error)):
            call()
    found = outcomes.last(Asked.DMP)
    assert found is not None
    assert found.answered is answered


def test_a_refusal_that_is_told_to_the_professional_is_an_answer_of_the_dmp() -> None:
    outcomes, _, _ = desk()
    outcomes.note(Asked.DMP, answered=False)
    with pytest.raises(Forbidden), outcomes.noting(Asked.DMP):
        raise Forbidden("no activity in this tenant")
    last = outcomes.last(Asked.DMP)
    assert last is not None
    assert not last.answered
    with pytest.raises(Forbidden), outcomes.noting(Asked.DMP), refusals():
        raise DmpRefused(("DMPAccessDenied",))
    last = outcomes.last(Asked.DMP)
    assert last is not None
    assert last.answered


def test_a_question_that_our_own_time_kept_back_is_no_outcome() -> None:
    outcomes, _, _ = desk()
    with pytest.raises(DmpUnavailable), outcomes.noting(Asked.DMP):
        raise DmpUnavailable("not asked", code="timeout")
    assert outcomes.last(Asked.DMP) is None


def test_a_fault_of_ours_is_no_outcome() -> None:
    outcomes, _, _ = desk()
    with pytest.raises(ValueError, match="ours"), outcomes.noting(Asked.DMP):
        raise ValueError("ours")
    assert outcomes.last(Asked.DMP) is None


def test_a_note_that_cannot_be_stored_changes_nothing() -> None:
    outcomes, _, store = desk()
    store.broken = True
    with outcomes.noting(Asked.PSC):
        pass
    with pytest.raises(StorageUnavailable):
        outcomes.last(Asked.PSC)
