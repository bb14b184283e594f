"""Counters and delays, from the log of messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import BadRequest, Forbidden
from functions.drimbox.oid import Uid
from functions.drimbox.operations import activity
from functions.drimbox.operations.activity import days_of, percentile, report_activity
from functions.drimbox.operations.withdrawing import withdraw
from functions.drimbox.publication.message_entry import MessageEntry, Outcome, StudyOutcome
from functions.drimbox.tenants.model import Permission
from tests.drimbox.operations.conftest import CASE, STUDY, Reported, but, report
from tests.fakes.world import OPERATOR, TENANT, World, case


def test_a_day_s_work(published: Reported) -> None:
    world = published.world
    held = report(world, case("C", "other"), control_id="2")
    withdraw(world.at_rest, world.queue, OPERATOR, message_id=published.id, study=STUDY)
    world.work()
    world.replay(held.id)
    world.work()
    told = report_activity(world.at_rest, OPERATOR, days=2)
    assert len(told["days"]) == 2
    (yesterday, today) = told["days"]
    assert not any(count for name, count in yesterday.items() if name != "day")
    assert (today["received"], today["published"], today["withdrawn"]) == (2, 1, 1)
    assert (today["held"], today["replayed"], today["ignored"]) == (2, 1, 0)
    assert told["complete"]
    assert told["delay_seconds"]["publications"] == 1
    assert told["delay_seconds"]["p50"] == told["delay_seconds"]["p95"]
    assert (told["delay_seconds"]["objective"], told["delay_seconds"]["within"]) == (None, None)
    with pytest.raises(Forbidden):
        report_activity(world.at_rest, but(Permission.VIEW), days=1)


def entry(number: int, validated: datetime, published: datetime) -> MessageEntry:
    opened = MessageEntry(f"m{number}", published, 0, "", validated_at=validated)
    return opened.with_outcome(Uid("1.2.3"), StudyOutcome(Outcome.PUBLISHED, "", published))


def test_delays_against_the_tenant_s_objective(world: World) -> None:
    at = world.clock.now()
    for number in range(100):
        one = entry(number, at - timedelta(seconds=number + 1), at)
        world.log.entries[one.message_id] = one
    world.tenant = replace(TENANT, publication_objective=timedelta(seconds=90))
    told = report_activity(world.at_rest, OPERATOR, days=1)["delay_seconds"]
    assert told == {
        "publications": 100,
        "p50": 50,
        "p95": 95,
        "objective": 90,
        "within": 0.9,
    }


def test_a_day_is_the_site_s(world: World) -> None:
    """23:30 UTC is the next day in Paris."""
    world.clock.at = datetime(2026, 7, 2, 9, 0, tzinfo=UTC)
    late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    world.log.entries["m1"] = entry(1, late, late)
    days = report_activity(world.at_rest, OPERATOR, days=2)["days"]
    assert [(one["day"], one["published"]) for one in days] == [
        ("2026-07-01", 0),
        ("2026-07-02", 1),
    ]


def test_an_answer_that_is_too_long_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "MOST_ENTRIES", 2)
    at = world.clock.now()
    for number in range(3):
        world.log.entries[f"m{number}"] = entry(number, at, at)
    told = report_activity(world.at_rest, OPERATOR, days=1)
    assert (told["complete"], told["days"][0]["published"]) == (False, 2)


def test_a_report_left_aside_is_counted(world: World) -> None:
    flags = replace(CASE.flags, destdmp=False)
    world.send(replace(CASE, flags=flags))
    world.work()
    (today,) = report_activity(world.at_rest, OPERATOR, days=1)["days"]
    assert (today["received"], today["ignored"], today["published"]) == (1, 1, 0)


def test_the_validation_is_the_legal_authenticator_s(published: Reported) -> None:
    validated = published.world.entry(published.id).validated_at
    assert validated is not None
    wanted = datetime.strptime(CASE.ended, "%Y%m%d%H%M%S%z")
    assert validated == min(wanted, published.world.clock.now())


@given(st.lists(st.integers(0, 10**6), min_size=1), st.integers(1, 100))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(values: list[int], rank: int) -> None:
    ordered = sorted(values)
    found = percentile(ordered, rank)
    assert found in ordered
    assert sum(one <= found for one in ordered) * 100 >= rank * len(ordered)
    assert sum(one < found for one in ordered) * 100 < rank * len(ordered)


def test_no_publication_has_no_percentile() -> None:
    assert percentile([], 95) is None


@pytest.mark.parametrize("text", ["0", "32", "-1", "week", "1.5", "٣", "100000000000"])
def test_texts_that_are_no_number_of_days(text: str) -> None:
    with pytest.raises(BadRequest):
        days_of(text)


def test_days() -> None:
    assert (days_of(None), days_of("1"), days_of("31")) == (7, 1, 31)


def test_events_before_the_first_day_are_not_counted(world: World) -> None:
    """A message that changed today is listed; its older events are of other days."""
    now = world.clock.now()
    old = entry(1, now - timedelta(days=9), now - timedelta(days=8))
    changed = old.with_outcome(Uid("1.2.4"), StudyOutcome(Outcome.WITHDRAWN, "", now))
    world.log.open(changed)
    told = report_activity(world.at_rest, OPERATOR, days=1)
    (today,) = told["days"]
    assert (today["received"], today["published"], today["withdrawn"]) == (0, 0, 1)
    assert told["delay_seconds"]["publications"] == 0
