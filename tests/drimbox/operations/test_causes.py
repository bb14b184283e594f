"""Causes: told once when they open and once when they close, whatever happens and how often."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import Forbidden, StorageUnavailable
from functions.drimbox.oid import Uid
from functions.drimbox.operations.causes import CLAIM, CauseBook, News, list_causes
from functions.drimbox.operations.replaying import replay_cause
from functions.drimbox.tenants.model import Permission
from tests.drimbox.operations.conftest import but, report
from tests.fakes.memory import MemoryAlerts, MemoryAudit, MemoryCauses, MemoryUids, VirtualClock
from tests.fakes.world import OPERATOR, Calls, Killed, Port, World, case

STUDY = Uid("1.2.3")
OPENED, CLOSED = News.OPENED, News.CLOSED
Told = list[tuple[str, News]]


class Bench:
    """A book whose calls are numbered, any of them the last of its caller."""

    def __init__(self) -> None:
        self.calls = Calls()
        self.clock = VirtualClock()
        self.store = MemoryCauses()
        self.alerts = MemoryAlerts()
        self.uids = MemoryUids()

    def book(self, store: Any = None) -> CauseBook:
        port: Any = Port("causes", store or self.store, self.calls)
        alerts: Any = Port("alerts", self.alerts, self.calls)
        return CauseBook(port, alerts, self.clock, self.uids)

    def follow(self, message: str, reason: str) -> None:
        """As a workflow's step: again and again until it is done."""
        for _ in range(50):
            try:
                self.book().follow(message, STUDY, reason)
            except (Killed, StorageUnavailable):
                self.clock.advance(timedelta(seconds=5))
            else:
                return
        raise AssertionError("without end")

    @property
    def told(self) -> Told:
        return self.alerts.told


def test_one_news_at_the_start_and_one_at_the_end() -> None:
    bench = Bench()
    for message in "abc":
        bench.follow(message, "dmp_unreachable")
        bench.follow(message, "dmp_unreachable")
    assert bench.told == [("dmp_unreachable", OPENED)]
    bench.follow("a", "")
    bench.follow("b", "pacs_unreachable")
    assert bench.told == [("dmp_unreachable", OPENED), ("pacs_unreachable", OPENED)]
    bench.follow("c", "")
    bench.follow("c", "")
    assert bench.told[2:] == [("dmp_unreachable", CLOSED)]
    bench.follow("a", "dmp_unreachable")
    assert bench.told[3:] == [("dmp_unreachable", OPENED)]


STEPS = [
    ("a", "dmp_unreachable"),
    ("b", "dmp_unreachable"),
    ("a", "study_not_found"),
    ("b", ""),
    ("a", ""),
]
WANTED = Counter(
    (reason, news) for reason in ("dmp_unreachable", "study_not_found") for news in (OPENED, CLOSED)
)


def calls_of_all_steps() -> list[str]:
    bench = Bench()
    for message, reason in STEPS:
        bench.follow(message, reason)
    assert Counter(bench.told) == WANTED
    return bench.calls.names


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_call_nothing_is_lost_and_nothing_told_twice(after: bool) -> None:
    names = calls_of_all_steps()
    for number, name in enumerate(names, 1):
        bench = Bench()
        bench.calls.kill_at, bench.calls.after = number, after
        for message, reason in STEPS:
            bench.follow(message, reason)
        # Only who is killed between the notification and its mark cannot know that it left: at
        # the notification itself, at the reading after it, before the writing of the mark.
        told_at = max(
            (n for n, one in enumerate(names[:number], 1) if one == "alerts.tell"), default=0
        )
        doubled = bool(told_at) and (number - told_at, after) in {
            (0, True),
            (1, False),
            (1, True),
            (2, False),
        }
        assert set(bench.told) == set(WANTED), (number, name)
        assert bench.told == [one for one, _ in groupby(bench.told)] or doubled
        assert len(bench.told) == len(names_of(names, "alerts.tell")) + doubled
        assert all(cause.count == 0 and cause.due is None for cause in bench.store.all())


def names_of(names: list[str], name: str) -> list[str]:
    return [one for one in names if one == name]


@given(st.integers(0, 10_000))
def test_writers_between_each_other_s_calls(seed: int) -> None:
    """Each call of one is, by chance, preceded by the whole of another's."""
    chance = random.Random(seed)  # noqa: S311
    bench = Bench()
    waiting = [(message, reason) for message in "abcde" for reason in ("dmp_refused", "")]
    chance.shuffle(waiting)
    waiting.sort(key=lambda one: one[1] == "")  # each is held before it goes

    class Between:
        def __getattr__(self, name: str) -> Any:
            def call(*args: Any) -> Any:
                if waiting and chance.random() < 0.5:
                    message, reason = waiting.pop(0)
                    later.append((message, reason))
                    try:
                        bench.book().follow(message, STUDY, reason)
                    except StorageUnavailable:
                        return getattr(bench.store, name)(*args)
                    later.pop()
                return getattr(bench.store, name)(*args)

            return call

    later: list[tuple[str, str]] = []
    while waiting:
        message, reason = waiting.pop(0)
        later.append((message, reason))
        try:
            bench.book(Between()).follow(message, STUDY, reason)
            later.remove((message, reason))
        except StorageUnavailable:
            bench.clock.advance(timedelta(seconds=1))
    for message, reason in later:  # the workflow tries again
        if bench.store.member(f"{message}/{STUDY}").reason == reason:
            bench.follow(message, reason)
    assert bench.told == [one for one, _ in groupby(bench.told)]
    (cause,) = bench.store.all()
    assert bench.told[-1][1] is (OPENED if cause.count else CLOSED)


def test_the_same_event_delivered_at_once_is_told_once() -> None:
    bench = Bench()

    class During(MemoryAlerts):
        def tell(self, reason: str, news: News, since: Any) -> None:
            with pytest.raises(StorageUnavailable):
                bench.book().follow("a", STUDY, "dmp_refused")
            super().tell(reason, news, since)

    bench.alerts = During()
    bench.book().follow("a", STUDY, "dmp_refused")
    bench.book().follow("a", STUDY, "dmp_refused")
    assert bench.told == [("dmp_refused", OPENED)]


def test_a_closing_during_a_notification_is_notified_next() -> None:
    bench = Bench()

    class During(MemoryAlerts):
        def tell(self, reason: str, news: News, since: Any) -> None:
            super().tell(reason, news, since)
            if len(self.told) == 1:
                with pytest.raises(StorageUnavailable):
                    bench.book().follow("a", STUDY, "")

    bench.alerts = During()
    bench.book().follow("a", STUDY, "dmp_refused")
    assert bench.told == [("dmp_refused", OPENED), ("dmp_refused", CLOSED)]


def test_a_dead_teller_s_claim_runs_out() -> None:
    bench = Bench()
    bench.calls.kill_at = len(calls_before("alerts.tell")) + 1
    with pytest.raises(Killed):
        bench.book().follow("a", STUDY, "dmp_refused")
    with pytest.raises(StorageUnavailable):
        bench.book().follow("b", STUDY, "dmp_refused")
    bench.clock.advance(CLAIM)
    bench.book().follow("b", STUDY, "dmp_refused")
    assert bench.told == [("dmp_refused", OPENED)]
    assert bench.store.cause("dmp_refused").count == 2


def calls_before(name: str) -> list[str]:
    bench = Bench()
    bench.book().follow("a", STUDY, "dmp_refused")
    return bench.calls.names[: bench.calls.names.index(name)]


def test_a_replayed_publication_stays_in_its_cause(world: World) -> None:
    cases = [case("C", f"token{number}") for number in range(3)]
    for number, one in enumerate(cases):
        report(world, one, control_id=str(number))
    assert world.alerts.told == [("study_not_found", OPENED)]
    assert world.causes.cause("study_not_found").count == 3
    replay_cause(world.at_rest, world.queue, OPERATOR, reason="study_not_found", after=None)
    world.work()  # all are held again
    assert world.alerts.told == [("study_not_found", OPENED)]
    for one in cases:
        world.archive_study(one)
    replay_cause(world.at_rest, world.queue, OPERATOR, reason="study_not_found", after=None)
    world.work()
    assert world.alerts.told == [("study_not_found", OPENED), ("study_not_found", CLOSED)]
    assert {entry.state for entry in world.log.entries.values()} == {"published"}


@pytest.mark.parametrize("number", range(1, 30, 3))
def test_a_hold_killed_anywhere_is_told(world: World, number: int) -> None:
    world.calls.kill_at = number
    report(world)
    assert world.alerts.told == [("study_not_found", OPENED)]
    assert world.causes.cause("study_not_found").count == 1


def test_open_causes_are_listed_in_words(world: World) -> None:
    report(world)
    (cause,) = list_causes(world.causes, world.audit, OPERATOR)["causes"]
    assert (cause["reason"], cause["studies"]) == ("study_not_found", 1)
    assert cause["words"]["fr"]
    assert cause["since"]
    assert ("causes.listed", "shown") in world.audit.events()
    with pytest.raises(Forbidden):
        list_causes(world.causes, MemoryAudit(), but(Permission.VIEW))


class Stubborn(MemoryCauses):
    """A store whose other writers are always faster: at moves, at puts, or at marks."""

    def __init__(self, refuses: str) -> None:
        super().__init__()
        self.refuses = refuses

    def move(self, member: Any, causes: Any) -> bool:
        return self.refuses != "move" and super().move(member, causes)

    def put(self, cause: Any) -> bool:
        marks = cause.told is not self.cause(cause.reason).told
        if (self.refuses == "claim" and cause.claim) or (self.refuses == "mark" and marks):
            return False
        return super().put(cause)


@pytest.mark.parametrize(("refuses", "told"), [("move", 0), ("claim", 0), ("mark", 1)])
def test_writers_that_are_always_faster_are_left_to_a_later_try(refuses: str, told: int) -> None:
    bench = Bench()
    bench.store = store = Stubborn(refuses)
    with pytest.raises(StorageUnavailable, match="too many writers"):
        bench.book().follow("m", STUDY, "dmp_refused")
    assert len(bench.told) == told
    store.refuses = ""
    bench.follow("m", "dmp_refused")
    # Without a mark nobody knows that it was told: twice is better than never.
    assert bench.told == [("dmp_refused", OPENED)] * (told + 1)
