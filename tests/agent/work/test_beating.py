"""The agent's beat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any

import pytest

from agent.work import beating as module
from agent.work.beating import Beating
from agent.work.ports import CloudAway, Health, NotServed
from tests.fakes.memory import VirtualClock

NOW = datetime(2026, 11, 30, 6, tzinfo=UTC)
HEALTH = Health(NOW, pacs=None, messages=0, oldest_at=None, disk_free_bytes=1)


class Cloud:
    """Answers each beat with a time, or an error; the last one stays."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.beats = 0

    def beat(self, health: Health) -> datetime:
        assert health is HEALTH
        self.beats += 1
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Exception):
            raise found
        time: datetime = found
        return time


class Board:
    """Remembers what it hears."""

    def __init__(self) -> None:
        self.heard: list[object] = []

    def answered(self, skew: timedelta) -> None:
        self.heard.append(skew)

    def lost(self, code: str) -> None:
        self.heard.append(code)


def beating(cloud: Cloud) -> tuple[Beating, Event, Event, list[tuple[str, dict[str, Any]]]]:
    stopping, served = Event(), Event()
    said: list[tuple[str, dict[str, Any]]] = []
    made = Beating(
        cloud,
        lambda: HEALTH,
        VirtualClock(NOW),
        stopping=stopping,
        served=served,
        say=lambda event, **facts: said.append((event, facts)),
        board=Board(),
    )
    return made, stopping, served, said


def test_an_answered_beat_opens_the_work() -> None:
    made, _, served, said = beating(Cloud(NOW))
    assert made.beat()
    assert served.is_set()
    assert said == []


def test_a_beat_that_is_lost_stops_no_work() -> None:
    made, _, served, said = beating(Cloud(NOW, CloudAway("no answer")))
    made.beat()
    assert not made.beat()
    assert served.is_set()
    assert said == [("beat not answered", {"code": "cloud_away", "detail": "no answer"})]


def test_a_fault_of_ours_ends_no_beats() -> None:
    made, _, served, said = beating(Cloud(NOW, ZeroDivisionError(), NOW))
    made.beat()
    assert not made.beat()
    assert served.is_set()
    assert said == [("beat failed", {"error": "ZeroDivisionError"})]
    assert made.beat()


@pytest.mark.parametrize("code", ["agent_unknown", "agent_outdated"])
def test_an_agent_that_is_not_served_works_no_more(code: str) -> None:
    made, _, served, _ = beating(Cloud(NOW, NotServed("status 404", code=code), NOW))
    made.beat()
    made.beat()
    assert not served.is_set()
    made.beat()
    assert served.is_set()


@pytest.mark.parametrize(("minutes", "told"), [(10, 600), (-10, -600), (1, None)])
def test_a_wrong_clock_is_said(minutes: int, told: int | None) -> None:
    made, _, _, said = beating(Cloud(NOW - timedelta(minutes=minutes)))
    made.beat()
    assert made.skew == timedelta(minutes=minutes)
    assert said == ([] if told is None else [("clock is wrong", {"seconds": told})])


def test_it_beats_until_it_is_told_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BEAT", 0.02)
    monkeypatch.setattr(module, "_LOOK", 0.005)
    monkeypatch.setattr(module, "_FIRST_PAUSE", 0.001)
    cloud = Cloud(CloudAway("one"), NOW, CloudAway("two"), NOW)
    made, stopping, _, _ = beating(cloud)
    thread = Thread(target=made.run)
    thread.start()
    while cloud.beats < 6:
        pass
    stopping.set()
    thread.join()


class Rests(Event):
    """A stop that never comes; each wait takes no time, and ``looked`` hears of it."""

    def __init__(self, looked: Callable[[float], object]) -> None:
        super().__init__()
        self._looked = looked

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self._looked(timeout)
        return False


@pytest.mark.parametrize(
    ("changes_after", "rested"),
    [(2.0, module._LEAST), (30.0, 30.0), (1_000.0, module.BEAT)],
)
def test_a_pacs_that_goes_is_told_before_the_beat_is_due(
    changes_after: float, rested: float
) -> None:
    seconds: list[float] = []
    made, _, _, _ = beating(Cloud(NOW))
    gone = replace(HEALTH, pacs=False)
    made._health = lambda: gone if sum(seconds) >= changes_after else HEALTH
    made._stopping = Rests(seconds.append)
    made.beat()
    made._rest()
    assert sum(seconds) == rested


def test_the_board_hears_of_each_beat() -> None:
    answers = (NOW, CloudAway("no answer"), NotServed("426", code="agent_outdated"), KeyError())
    made, _, _, _ = beating(Cloud(*answers))
    for _ in answers:
        made.beat()
    board: Any = made._board
    assert board.heard == [timedelta(0), "cloud_away", "agent_outdated", "cloud_away"]
