"""The line: its states by the outcomes, and pauses that grow and have an end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.spool.courier import Acknowledged, Away, Outcome, Refused
from agent.spool.line import LONGEST_PAUSE, NOBODY, Line, LineState
from tests.fakes.memory import VirtualClock


@pytest.mark.parametrize(
    ("outcome", "state", "cause"),
    [
        (Acknowledged("AA", b""), LineState.THERE, ""),
        (Acknowledged("AE", b""), LineState.THERE, ""),
        (Acknowledged("AR", b""), LineState.AWAY, "not_now"),
        (Away("untrusted"), LineState.AWAY, "untrusted"),
        (Refused(403, everything=True), LineState.REFUSED, "refused"),
        (Refused(413, everything=False), LineState.THERE, ""),
    ],
)
def test_an_outcome_tells_the_state(outcome: Outcome, state: LineState, cause: str) -> None:
    line = Line(VirtualClock())
    assert not line.is_shut
    line.note(outcome, "1")
    line.note(outcome, "2")
    assert (line.state, line.cause) == (state, cause)
    assert line.is_shut is (state is not LineState.THERE)
    assert (line.answered_at is None) is line.is_shut


def test_a_state_begins_when_it_changes_and_each_turn_is_told() -> None:
    clock, told = VirtualClock(), list[tuple[str, str]]()
    line = Line(clock, lambda state, cause: told.append((str(state), cause)))
    course: tuple[Outcome, ...] = (
        Away("name"),
        Away("name"),
        Away("timeout"),
        Acknowledged("AA", b""),
    )
    for number, outcome in enumerate(course):
        clock.advance(timedelta(minutes=1))
        line.note(outcome, str(number))
    assert told == [("away", "name"), ("away", "timeout"), ("there", "")]
    assert line.since == line.answered_at == clock.now()
    line.note(Acknowledged("AA", b""), "5")
    assert len(told) == 3


@pytest.mark.parametrize(
    "outcome",
    [
        Away("store"),
        Away("server"),
        Away("timeout"),
        Away("broken"),
        Away("unusable_answer"),
        Acknowledged("AR", b""),
        Refused(403, everything=True),
    ],
)
def test_one_message_that_fails_again_and_again_shuts_no_line(outcome: Outcome) -> None:
    """A body that a firewall does not like, an upload whose store is shut off: others pass."""
    line = Line(VirtualClock())
    for _ in range(50):
        line.note(outcome, "1")
    assert not line.is_shut
    line.note(Acknowledged("AA", b""), "2")
    line.note(outcome, "3")
    assert not line.is_shut
    line.note(outcome, "1")
    assert line.is_shut


@pytest.mark.parametrize("cause", sorted(NOBODY))
def test_a_connection_that_does_not_come_about_is_no_message_s_fault(cause: str) -> None:
    line = Line(VirtualClock())
    line.note(Away(cause), "1")
    assert line.is_shut


def test_pauses_double_to_a_minute() -> None:
    line = Line(VirtualClock())
    pauses = []
    for _ in range(9):
        line.note(Away("unreachable"), "1")
        pauses.append(line.pause(0.0))
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    line.note(Acknowledged("AA", b""), "1")
    line.note(Away("unreachable"), "1")
    assert line.pause(1.0) == 0.5


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_no_pause_is_longer_than_a_minute_nor_none(failures: int, share: float) -> None:
    line = Line(VirtualClock(), failures=failures)
    assert 0.5 <= line.pause(share) <= LONGEST_PAUSE


def test_a_server_that_asks_for_time_gets_it() -> None:
    line = Line(VirtualClock())
    line.note(Away("server", 300.0), "1")
    line.note(Away("server", 300.0), "2")
    assert line.pause(0.5) == 300.0
