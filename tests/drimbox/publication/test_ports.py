"""A change as a workflow carries it, and a message's entry as an operator reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.oid import Uid
from functions.drimbox.publication.ports import (
    CONTINUE,
    HISTORY,
    STALLED,
    Change,
    MessageEntry,
    Outcome,
    StudyOutcome,
)

AT: Final = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ONE, OTHER = Uid("1.2.3"), Uid("1.2.4")
ENTRY: Final = MessageEntry("m", AT, 0, "")


def outcome(outcome: Outcome, reason: str = "", at: datetime = AT) -> StudyOutcome:
    return StudyOutcome(outcome, reason, at)


@given(st.text(max_size=20), st.text(max_size=40), st.integers(0, 99), st.integers(0, 99))
def test_a_change_crosses_the_workflow_unchanged(
    tenant: str, message_id: str, replay: int, override: int
) -> None:
    change = Change(tenant, message_id, ONE, replay, override)
    state = change.state(outcome=CONTINUE)
    assert Change.read(state) == change
    assert (state["correlation_id"], state["outcome"]) == (message_id, CONTINUE)


@pytest.mark.parametrize(
    "name", ["tenant", "message_id", "study_instance_uid", "replay", "override"]
)
def test_a_state_that_lacks_a_fact_is_not_read_with_a_default(name: str) -> None:
    state = Change("demo", "m", ONE, 0).state()
    del state[name]
    with pytest.raises(KeyError, match=name):
        Change.read(state)


@pytest.mark.parametrize("one", Outcome)
def test_a_held_or_stalled_study_is_replayable(one: Outcome) -> None:
    assert outcome(one).is_replayable(AT) is (one is Outcome.HELD)
    late = AT + STALLED
    assert outcome(one).is_replayable(late) is (one is Outcome.HELD)
    later = late + timedelta(seconds=1)
    assert outcome(one).is_replayable(later) is (one in {Outcome.HELD, Outcome.IN_PROGRESS})


def test_an_entry_s_state_is_its_neediest_study_s() -> None:
    assert ENTRY.state == "in_progress"
    by_need = ["superseded", "unchanged", "withdrawn", "published", "in_progress", "held"]
    entry = ENTRY
    for number, name in enumerate(by_need):
        entry = entry.with_outcome(Uid(f"1.{number}"), outcome(Outcome(name)))
        assert entry.state == name
    assert replace(entry, ignored="not_for_dmp").state == "ignored"


def test_the_history_keeps_its_latest_events() -> None:
    entry = ENTRY
    for number in range(HISTORY + 3):
        entry = entry.with_outcome(ONE, outcome(Outcome.HELD, f"r{number}"))
    assert len(entry.history) == HISTORY
    assert [event.outcome.reason for event in entry.history[:: HISTORY - 1]] == [
        "r3",
        f"r{HISTORY + 2}",
    ]


def test_an_entry_tells_whether_a_study_was_ever_held() -> None:
    held = ENTRY.with_outcome(ONE, outcome(Outcome.HELD, "dmp_refused"))
    settled = held.with_outcome(ONE, outcome(Outcome.PUBLISHED))
    assert (ENTRY.was_held(ONE), settled.was_held(ONE), settled.was_held(OTHER)) == (
        False,
        True,
        False,
    )


def test_an_ignored_message_that_takes_its_turn_keeps_what_is_known() -> None:
    ignored = replace(ENTRY, ignored="not_for_dmp", studies={ONE: outcome(Outcome.PUBLISHED)})
    assert ignored.changed_at == ENTRY.changed_at == AT
    restored = ignored.restored([ONE, OTHER], AT + timedelta(hours=1))
    assert restored.ignored == ""
    assert {study: one.outcome for study, one in restored.studies.items()} == {
        ONE: Outcome.PUBLISHED,
        OTHER: Outcome.IN_PROGRESS,
    }
    assert restored.changed_at == AT + timedelta(hours=1)
