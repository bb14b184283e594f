"""One alert when a service stays away, one when it is back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.drimbox.breaker import SERVICE, Breaker, Circuit, CircuitState
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.operations.causes import CauseBook, News
from functions.drimbox.operations.outage_alerts import STAYS, OutageWatch
from functions.drimbox.publication.asking_dmp import DMP, identity_circuit
from functions.drimbox.publication.asking_pacs import PACS
from functions.drimbox.webhook.teller import CIRCUIT
from tests.fakes.memory import (
    MemoryAlerts,
    MemoryCauses,
    MemoryCircuits,
    MemoryUids,
    VirtualClock,
)
from tests.fakes.world import TENANT

[STRUCTURE] = TENANT.structures


class Scene:
    """A watch, and circuits that a test opens and closes."""

    def __init__(self) -> None:
        self.clock, self.circuits = VirtualClock(), MemoryCircuits()
        self.store, self.alerts = MemoryCauses(), MemoryAlerts()
        book = CauseBook(self.store, self.alerts, self.clock, MemoryUids())
        self.watch = OutageWatch(TENANT, self.circuits, book, self.clock)

    def turn(self, name: str, circuit: Circuit) -> None:
        seen = self.circuits.get(name)
        wished = CircuitState(name, seen.revision, circuit, since=self.clock.now())
        assert self.circuits.put(wished)

    def probe(self, *, answers: bool) -> None:
        """The DMP answers one call, or fails until its circuit is open."""
        breaker = Breaker(self.circuits, self.clock, timedelta(minutes=1))
        while True:
            leave = breaker.admit(DMP, SERVICE)
            assert leave is not None
            if answers:
                return breaker.answered(leave)
            breaker.failed(leave)
            if self.circuits.get(DMP).circuit is Circuit.OPEN:
                return None

    def after(self, wait: timedelta) -> list[tuple[str, News]]:
        """The alerts that two looks after that time have sent."""
        self.clock.advance(wait)
        for _ in range(2):
            self.watch.look()
        told, self.alerts.told = self.alerts.told, []
        return told


@pytest.mark.parametrize("name", [DMP, PACS, identity_circuit(STRUCTURE)])
def test_a_service_that_stays_away_is_told_once_and_once_when_it_is_back(name: str) -> None:
    scene = Scene()
    assert scene.after(timedelta(0)) == []
    scene.turn(name, Circuit.OPEN)
    assert scene.after(STAYS - timedelta(seconds=1)) == []
    assert scene.after(timedelta(seconds=1)) == [(name, News.OPENED)]
    assert scene.after(timedelta(days=1)) == []
    scene.turn(name, Circuit.CLOSED)
    assert scene.after(timedelta(0)) == [(name, News.CLOSED)]
    assert scene.after(timedelta(days=1)) == []
    scene.turn(name, Circuit.OPEN)
    assert scene.after(STAYS) == [(name, News.OPENED)], "another outage"


def test_a_short_outage_alerts_nobody() -> None:
    scene = Scene()
    scene.turn(PACS, Circuit.OPEN)
    assert scene.after(STAYS / 2) == []
    scene.turn(PACS, Circuit.CLOSED)
    assert scene.after(STAYS) == []


def test_an_outage_that_was_told_goes_on_while_its_circuit_opens_again() -> None:
    """Nothing has looked between the two: nobody hears of the gap."""
    scene = Scene()
    scene.turn(DMP, Circuit.OPEN)
    assert scene.after(STAYS) == [(DMP, News.OPENED)]
    scene.turn(DMP, Circuit.CLOSED)
    scene.turn(DMP, Circuit.OPEN)
    assert scene.after(STAYS / 2) == []
    assert scene.after(STAYS) == []


def test_one_answered_probe_is_no_return() -> None:
    scene = Scene()
    scene.probe(answers=False)
    assert scene.after(STAYS) == [(DMP, News.OPENED)]
    scene.probe(answers=True)
    assert scene.circuits.get(DMP).circuit is Circuit.RECOVERING
    assert scene.after(timedelta(0)) == []
    scene.probe(answers=False)
    assert scene.circuits.get(DMP).circuit is Circuit.OPEN
    assert scene.after(timedelta(0)) == []
    assert scene.after(timedelta(days=1)) == []
    scene.probe(answers=True)
    assert scene.after(STAYS - timedelta(seconds=1)) == []
    assert scene.after(timedelta(seconds=1)) == [(DMP, News.CLOSED)]


def test_a_lucky_probe_each_fourteen_minutes_hides_no_outage() -> None:
    """A part of the DMP's nodes is dead: it answers now and then, and fails at the next call."""
    scene = Scene()
    began = scene.clock.now()
    told = []
    for _ in range(10):
        scene.probe(answers=False)
        told += scene.after(timedelta(minutes=14))
        scene.probe(answers=True)
        told += scene.after(timedelta(minutes=1))
    assert told == [(DMP, News.OPENED)]
    assert scene.store.cause(DMP).since == began


def test_the_alert_tells_when_the_service_went() -> None:
    scene = Scene()
    began = scene.clock.now()
    scene.turn(DMP, Circuit.OPEN)
    scene.after(STAYS)
    assert scene.store.cause(DMP).since == began


def test_where_nothing_waits_a_told_outage_is_looked_at_again() -> None:
    scene = Scene()
    scene.turn(DMP, Circuit.OPEN)
    scene.clock.advance(STAYS)
    scene.watch.look_again()
    assert scene.alerts.told == [], "a tick tells of it: a change waits"
    assert scene.after(timedelta(0)) == [(DMP, News.OPENED)]
    scene.turn(DMP, Circuit.CLOSED)
    scene.watch.look_again()
    assert scene.alerts.told == [(DMP, News.CLOSED)]
    scene.watch.look_again()
    assert len(scene.alerts.told) == 1


def test_a_site_hears_that_its_news_are_not_taken_while_no_publication_waits() -> None:
    scene = Scene()
    scene.turn(CIRCUIT, Circuit.OPEN)
    scene.clock.advance(STAYS)
    scene.watch.look_again()
    scene.watch.look()
    assert scene.alerts.told == [], "the site has no address for its news"
    told = replace(scene.watch, tenant=replace(TENANT, webhook_url="https://ris.example/news"))
    told.look_again()
    told.look_again()
    scene.turn(CIRCUIT, Circuit.CLOSED)
    told.look_again()
    assert scene.alerts.told == [(CIRCUIT, News.OPENED), (CIRCUIT, News.CLOSED)]


def test_the_outage_of_a_structure_that_leaves_the_tenant_ends() -> None:
    """Its circuit stays open: nobody asks the DMP in its name any more."""
    scene = Scene()
    name = identity_circuit(STRUCTURE)
    for one in (name, PACS):
        scene.turn(one, Circuit.OPEN)
    assert sorted(scene.after(STAYS)) == sorted([(name, News.OPENED), (PACS, News.OPENED)])
    left = replace(scene.watch, tenant=replace(TENANT, structures=()))
    for _ in range(2):
        left.look_again()
        left.look()
    assert scene.alerts.told == [(name, News.CLOSED)]
    [still] = [one.reason for one in scene.store.all() if one.count or one.due]
    assert still == PACS


def test_an_end_that_cannot_be_told_is_due_again_and_stops_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene()
    gone = tuple(f"dmp/{number}" for number in range(2))
    for name in gone:
        scene.watch.book.stand(name, scene.clock.now())
    scene.alerts.told = []

    def fail_once(*_: object) -> None:
        broken.undo()
        raise StorageUnavailable("topic")

    with monkeypatch.context() as broken:
        broken.setattr(scene.alerts, "tell", fail_once)
        scene.watch.look_again()
    assert scene.alerts.told == [(gone[1], News.CLOSED)]
    scene.clock.advance(timedelta(minutes=2))  # the claim has run out
    scene.watch.look_again()
    assert scene.alerts.told == [(name, News.CLOSED) for name in reversed(gone)]


def test_of_two_looks_at_once_one_changes_the_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene()
    scene.turn(DMP, Circuit.OPEN)
    scene.clock.advance(STAYS)
    monkeypatch.setattr(scene.store, "put", lambda _: False)
    scene.watch.look()
    assert scene.alerts.told == []


def test_an_alert_that_failed_is_due_at_the_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene()
    scene.turn(DMP, Circuit.OPEN)
    scene.clock.advance(STAYS)

    def fail(*_: object) -> None:
        raise StorageUnavailable("topic")

    with monkeypatch.context() as broken:
        broken.setattr(scene.alerts, "tell", fail)
        scene.watch.look()
    scene.clock.advance(timedelta(minutes=2))  # the claim has run out
    assert scene.after(timedelta(0)) == [(DMP, News.OPENED)]
