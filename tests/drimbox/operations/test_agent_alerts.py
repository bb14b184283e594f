"""One alert when an agent is silent, one when it is back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.drimbox.agents.presence import AgentState, PacsSeen
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.operations.agent_alerts import SILENT, AgentWatch
from functions.drimbox.operations.causes import CauseBook, News
from tests.fakes.memory import (
    MemoryAgentStates,
    MemoryAlerts,
    MemoryCauses,
    MemoryUids,
    VirtualClock,
)
from tests.fakes.world import TENANT

NAME = "salle-1"


class Scene:
    """A watch, and agents that speak when a test says so."""

    def __init__(self) -> None:
        self.clock, self.states = VirtualClock(), MemoryAgentStates()
        self.alerts = MemoryAlerts()
        book = CauseBook(MemoryCauses(), self.alerts, self.clock, MemoryUids())
        self.watch = AgentWatch(TENANT, self.states, book, self.clock)

    def speak(self, name: str = NAME, *, enrolled: bool = True) -> None:
        self.states.put(
            AgentState(
                *(name, self.clock.now(), "1", 1, PacsSeen.REACHABLE, timedelta(0), 0, None, 1),
                enrolled=enrolled,
            )
        )

    def after(self, wait: timedelta) -> list[tuple[str, News]]:
        """The alerts that two looks after that time have sent."""
        self.clock.advance(wait)
        for _ in range(2):
            self.watch.look()
        told, self.alerts.told = self.alerts.told, []
        return [(reason, news) for reason, news, *_ in told]


def test_an_agent_that_speaks_alerts_nobody() -> None:
    scene = Scene()
    for _ in range(20):
        scene.speak()
        assert scene.after(SILENT - timedelta(seconds=1)) == []


def test_a_silent_agent_is_told_once_and_its_return_once() -> None:
    scene = Scene()
    scene.speak()
    scene.speak("salle-2")
    assert scene.after(SILENT) == [("agent/salle-1", News.OPENED), ("agent/salle-2", News.OPENED)]
    assert scene.after(timedelta(days=3)) == []
    scene.speak()
    assert scene.after(timedelta(0)) == [("agent/salle-1", News.CLOSED)]
    assert scene.after(SILENT) == [("agent/salle-1", News.OPENED)]


def test_the_silence_of_a_removed_agent_ends() -> None:
    scene = Scene()
    scene.speak()
    assert scene.after(SILENT) == [("agent/salle-1", News.OPENED)]
    scene.states.forget(NAME)
    assert scene.after(timedelta(0)) == [("agent/salle-1", News.CLOSED)]
    assert scene.after(timedelta(days=1)) == []


def test_a_stranger_alerts_nobody() -> None:
    scene = Scene()
    scene.speak(enrolled=False)
    assert scene.after(timedelta(days=1)) == []


def test_an_alert_that_cannot_be_sent_stops_no_other_and_is_sent_later() -> None:
    scene = Scene()
    scene.speak()
    scene.speak("salle-2")
    real = scene.watch.book.alerts
    failing: list[str] = []

    class Down:
        def tell(self, reason: str, news: News, since: object) -> None:
            failing.append(reason)
            raise StorageUnavailable("sns")

    down = replace(scene.watch, book=replace(scene.watch.book, alerts=Down()))
    scene.clock.advance(SILENT)
    down.look()
    assert failing == ["agent/salle-1", "agent/salle-2"]
    assert real is scene.alerts
    told = scene.after(timedelta(minutes=2))
    assert {reason for reason, _ in told} == {"agent/salle-1", "agent/salle-2"}


def test_states_that_cannot_be_read_are_told() -> None:
    scene = Scene()

    def down() -> tuple[AgentState, ...]:
        raise StorageUnavailable("health")

    scene.states.all = down  # type: ignore[method-assign]
    with pytest.raises(StorageUnavailable):
        scene.watch.look()
