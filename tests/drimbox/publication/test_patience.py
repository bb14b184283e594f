"""functions.drimbox.publication.patience: one table of when a wait ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.drimbox import errors
from functions.drimbox.errors import (
    AgentAway,
    AnswerAwaited,
    DmpUnavailable,
    Held,
    PacsAnswerUnusable,
    PacsUnavailable,
)
from functions.drimbox.publication import patience
from functions.drimbox.publication.patience import (
    AGENT,
    ANSWER,
    APART,
    DMP,
    ENTRY,
    GONE,
    IDENTITY,
    PACS,
    STUDY,
    TURN,
    Wait,
    go_on_waiting,
    is_over,
    of_dmp,
    of_pacs,
    reason_after,
)
from functions.drimbox.wording.held import HELD_REASONS
from tests.fakes.world import TENANT, World

WAITS = (TURN, STUDY, GONE, PACS, ANSWER, AGENT, DMP, IDENTITY, ENTRY)


@pytest.mark.parametrize("wait", WAITS)
def test_a_wait_lasts_for_as_long_as_the_tenant_says(world: World, wait: Wait) -> None:
    limit = TENANT.study_wait if wait in {STUDY, GONE} else TENANT.outage_patience
    since, error = world.clock.now(), DmpUnavailable("503")
    world.clock.advance(limit - timedelta(seconds=1))
    assert not is_over(wait, world.site, since)
    go_on_waiting(wait, world.site, since, error)
    assert error.until == since + limit
    world.clock.advance(timedelta(seconds=1))
    assert is_over(wait, world.site, since)
    with pytest.raises(Held) as raised:
        go_on_waiting(wait, world.site, since, error)
    assert raised.value.code == wait.reason


def test_every_wait_ends_with_a_reason_of_the_catalogue() -> None:
    assert {wait.reason for wait in WAITS} - {ENTRY.reason} <= set(HELD_REASONS)


def test_attempts_that_ran_out_are_held_for_the_same_reason() -> None:
    for name, wait in patience._BY_ERROR.items():
        assert issubclass(getattr(errors, name), errors.Transient)
        assert reason_after(name) == wait.reason
    assert reason_after("StorageUnavailable") == ""


def test_a_refused_identity_is_not_a_dead_dmp() -> None:
    assert of_dmp(DmpUnavailable("503")) is DMP
    assert of_dmp(DmpUnavailable("asked again later", code="identity_refused")) is IDENTITY


def test_an_answer_that_is_not_whole_is_not_a_dead_pacs() -> None:
    assert of_pacs(PacsUnavailable("503")) is PACS
    assert of_pacs(PacsAnswerUnusable("2 of 3")) is ANSWER


@pytest.mark.parametrize("error", [AgentAway(bool), AnswerAwaited("index#0", bool)])
def test_a_pacs_that_an_agent_asks_is_waited_for_as_the_agent(error: PacsUnavailable) -> None:
    assert of_pacs(error) is AGENT


def test_a_study_is_not_gone_by_one_answer(world: World) -> None:
    world.tenant = replace(TENANT, study_wait=timedelta(seconds=1))
    since = world.clock.now()
    world.clock.advance(APART - timedelta(seconds=1))
    assert is_over(STUDY, world.site, since)
    assert not is_over(GONE, world.site, since)
    world.clock.advance(timedelta(seconds=1))
    assert is_over(GONE, world.site, since)
