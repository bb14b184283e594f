"""A message's entry as an operator reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from functions.drimbox.oid import Uid
from functions.drimbox.publication.message_entry import (
    HISTORY,
    STALLED,
    MessageEntry,
    Outcome,
    StudyOutcome,
)

AT: Final = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ONE, OTHER = Uid("1.2.3"), Uid("1.2.4")
ENTRY: Final = MessageEntry("m", AT, 0, "")


def outcome(outcome: Outcome, reason: str = "", at: datetime = AT) -> StudyOutcome:
    return StudyOutcome(outcome, reason, at)


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
