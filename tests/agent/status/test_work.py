"""Beats and jobs, as the status page tells them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.status.work import OUTDATED, TAKEN_FOR_AWAY, UNKNOWN, WorkBoard, WorkState
from tests.fakes.memory import VirtualClock

MINUTE = timedelta(minutes=1)


def test_nothing_is_known_before_the_first_beat() -> None:
    clock = VirtualClock()
    assert WorkBoard(clock).state() == WorkState(clock.now(), jobs={})


def test_a_state_has_its_beginning_and_its_last_answer() -> None:
    clock = VirtualClock()
    board, first = WorkBoard(clock), clock.now()
    board.answered(timedelta(seconds=3))
    clock.advance(MINUTE)
    board.answered(timedelta(seconds=4))
    state = board.state()
    assert (state.state, state.since, state.answered_at) == ("there", first, first + MINUTE)
    assert state.skew == timedelta(seconds=4)
    clock.advance(MINUTE)
    board.lost("cloud_away")
    state = board.state()
    assert (state.state, state.since, state.refusal) == ("away", first + 2 * MINUTE, "")
    assert state.answered_at == first + MINUTE


@pytest.mark.parametrize("code", [UNKNOWN, OUTDATED])
def test_a_refusal_has_its_code(code: str) -> None:
    board = WorkBoard(VirtualClock())
    board.lost(code)
    assert (board.state().state, board.state().refusal) == ("refused", code)
    board.answered(timedelta(0))
    assert (board.state().state, board.state().refusal) == ("there", "")


def test_jobs_are_counted_by_kind_and_outcome() -> None:
    clock = VirtualClock()
    board = WorkBoard(clock)
    for outcome in ("answered", "answered", "pacs_refused"):
        board.done("index", outcome)
    state = board.state()
    assert state.jobs == {("index", "answered"): 2, ("index", "pacs_refused"): 1}
    assert state.last_job_at == clock.now()


def test_an_agent_is_silent_after_ten_minutes_without_an_answer() -> None:
    clock = VirtualClock()
    board = WorkBoard(clock)
    for _ in range(2):
        assert not board.state().is_silent(clock.now() + TAKEN_FOR_AWAY)
        assert board.state().is_silent(clock.now() + TAKEN_FOR_AWAY + MINUTE)
        clock.advance(MINUTE)
        board.answered(timedelta(0))
