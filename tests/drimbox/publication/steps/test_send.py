"""One effect on the DMP: the consequence of each answer, and when a second send may follow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from functions.drimbox.errors import (
    DmpOutcomeUnknown,
    DmpRefused,
    DmpUnavailable,
    Held,
    IdentityRefused,
)
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.record import State
from functions.drimbox.publication.steps.send import COMMIT_DELAY, Effect, send
from functions.drimbox.publication.steps.submission import Submission
from tests.drimbox.publication.steps.scenes import in_doubt
from tests.fakes.world import World

SECOND = timedelta(seconds=1)


class Dmp:
    """Counts the sends, each of which ends in ``error``; a look finds ``found``."""

    def __init__(self, error: Exception | None = None, found: str = "") -> None:
        self.error, self.found, self.sent = error, found, 0

    def submit(self) -> None:
        self.sent += 1
        if self.error is not None:
            raise self.error

    def effect(self, look: Callable[[], str] | None = None) -> Effect:
        return Effect(self.submit, look or (lambda: self.found))


def attempt(world: World, change: Change, dmp: Dmp) -> str:
    """One try of the step; the entryUUID."""
    submission = Submission.begin(world.site, change)
    return send(submission, submission.record, dmp.effect())[0]


def state(world: World, change: Change) -> tuple[State, bool]:
    """The pending change's state, and whether it may be in the DMP."""
    pending = world.records.get(change.study_instance_uid).pending
    assert pending is not None
    return pending.state, pending.in_doubt


def test_a_success_needs_no_look(world: World, change: Change) -> None:
    dmp = Dmp()
    assert attempt(world, change, dmp) == ""
    assert dmp.sent == 1
    assert state(world, change)[0] is State.SENDING


@pytest.mark.parametrize(
    ("error", "after"),
    [
        (DmpUnavailable(), (State.INTENT, False)),
        (DmpOutcomeUnknown(), (State.UNKNOWN, True)),
    ],
)
def test_an_error_leaves_what_it_proves(
    world: World, change: Change, error: Exception, after: tuple[State, bool]
) -> None:
    with pytest.raises(type(error)):
        attempt(world, change, Dmp(error))
    assert state(world, change) == after


@pytest.mark.parametrize(
    ("error", "reason"),
    [(DmpRefused(("A", "B")), "dmp_refused"), (IdentityRefused(("A",)), "identity_refused")],
)
def test_a_refusal_is_held_and_its_codes_are_kept(
    world: World, change: Change, error: DmpRefused, reason: str
) -> None:
    with pytest.raises(Held) as raised:
        attempt(world, change, Dmp(error))
    assert raised.value.code == reason
    assert state(world, change) == (State.REJECTED, False)
    pending = world.records.get(change.study_instance_uid).pending
    assert pending is not None
    assert pending.detail == ", ".join(error.registry_codes)


@pytest.mark.parametrize("error", [DmpUnavailable(), DmpRefused(("A",))])
def test_an_answer_to_the_second_send_proves_nothing_of_the_first(
    world: World, change: Change, error: Exception
) -> None:
    in_doubt(world, change)
    dmp = Dmp(error)
    with pytest.raises(DmpOutcomeUnknown):
        attempt(world, change, dmp)
    world.clock.advance(COMMIT_DELAY)
    with pytest.raises((DmpUnavailable, Held)):
        attempt(world, change, dmp)
    assert (dmp.sent, state(world, change)[1]) == (1, True)


def test_an_effect_that_is_found_is_not_sent_again(world: World, change: Change) -> None:
    in_doubt(world, change)
    dmp = Dmp(found="urn:uuid:1")
    assert attempt(world, change, dmp) == "urn:uuid:1"
    assert dmp.sent == 0


def test_two_looks_that_far_apart_must_find_nothing(world: World, change: Change) -> None:
    in_doubt(world, change)
    dmp = Dmp()
    for pause in (COMMIT_DELAY - SECOND, SECOND):
        with pytest.raises(DmpOutcomeUnknown):
            attempt(world, change, dmp)
        assert state(world, change)[0] is State.RECONCILING
        world.clock.advance(pause)
    assert (dmp.sent, attempt(world, change, dmp), dmp.sent) == (0, "", 1)
