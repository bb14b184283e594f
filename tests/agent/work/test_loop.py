"""The loop: messages, jobs and outcomes, with every call failing in turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event, Lock, Thread
from time import monotonic, sleep
from typing import Any

import pytest

from agent.work import loop as module
from agent.work.loop import AT_ONCE, FILLS_AT_ONCE, Loop
from agent.work.ports import CloudAway, NotServed, PackGone, Ring
from agent.work.wire import Answered, Asked, Failed, NotUnderstood, Outcome, Pointer

FOUND = Answered({"found": False})


@dataclass
class Cloud:
    """A queue and its jobs. ``troubles``: errors that the named calls raise first."""

    jobs: dict[str, str] = field(default_factory=dict)
    waiting: deque[Ring] = field(default_factory=deque)
    posted: dict[str, Outcome] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    given_back: list[str] = field(default_factory=list)
    troubles: dict[str, list[Exception]] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    keys: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def add(self, name: str, kind: str = "index") -> None:
        self.jobs[name] = kind
        self.waiting.append(Ring(Pointer(name, kind), name))

    def _trouble(self, call: str) -> None:
        with self.lock:
            errors = self.troubles.get(call)
            if errors:
                raise errors.pop(0)

    def ring(self) -> Ring | None:
        self._trouble("ring")
        with self.lock:
            if self.waiting:
                return self.waiting.popleft()
        sleep(0.01)
        return None

    def hold(self, ring: Ring) -> None:
        self.held.append(ring.handle)
        self._trouble("hold")

    def done(self, ring: Ring) -> None:
        self._trouble("done")
        self.deleted.append(ring.handle)

    def give_back(self, ring: Ring) -> None:
        self._trouble("give_back")
        self.given_back.append(ring.handle)
        self.waiting.append(ring)

    def asked(self, job: str) -> Asked | None:
        self._trouble("asked")
        kind = self.jobs.get(job)
        if kind is None:
            return None
        key = self.keys.pop(0) if self.keys else "key"
        return Asked(job, kind, 1, datetime(2026, 12, 1, tzinfo=UTC), {}, key)

    def answer(self, asked: Asked, outcome: Outcome) -> bool:
        self._trouble("answer")
        if asked.job in self.unread and isinstance(outcome, Answered):
            return False
        self.posted[asked.job] = outcome
        return True


@dataclass
class Work:
    """The work itself, as ``Doing``."""

    outcome: Callable[[Asked], Outcome] = lambda _: FOUND
    forgotten: list[str] = field(default_factory=list)

    def do(self, asked: Asked) -> Outcome:
        return self.outcome(asked)

    def forget(self, asked: Asked) -> None:
        self.forgotten.append(asked.job)


@dataclass
class Scene:
    cloud: Cloud = field(default_factory=Cloud)
    work: Work = field(default_factory=Work)
    stopping: Event = field(default_factory=Event)
    served: Event = field(default_factory=Event)
    said: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)

    def say(self, event: str, **facts: Any) -> None:
        self.said.append((event, facts))

    def run(self, until: Callable[[], bool], seconds: float = 5) -> None:
        """Run the loop until that is so."""
        doing: Any = self.work
        loop = Loop(
            self.cloud,
            self.cloud,
            doing,
            stopping=self.stopping,
            served=self.served,
            say=self.say,
            told=lambda kind, outcome: self.told.append((kind, outcome)),
        )
        thread = Thread(target=loop.run)
        thread.start()
        end = monotonic() + seconds
        while not until() and monotonic() < end:
            sleep(0.01)
        self.stopping.set()
        thread.join()
        assert until()


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(module, "_FIRST_PAUSE", 0.01)
    made = Scene()
    made.served.set()
    return made


def test_each_job_is_done_posted_and_its_message_deleted(scene: Scene) -> None:
    for number in range(20):
        scene.cloud.add(f"job-{number}")
    scene.run(lambda: len(scene.cloud.deleted) == 20)
    assert scene.cloud.posted == {f"job-{n}": FOUND for n in range(20)}
    assert sorted(scene.work.forgotten) == sorted(scene.cloud.deleted)
    assert {event for event, _ in scene.said} == {"job done"}
    assert scene.told == [("index", "answered")] * 20


def test_a_job_that_nobody_waits_for_is_only_deleted(scene: Scene) -> None:
    scene.cloud.waiting.append(Ring(Pointer("unknown", "index"), "one"))
    scene.cloud.waiting.append(Ring(None, "two"))
    scene.run(lambda: len(scene.cloud.deleted) == 2)
    assert scene.cloud.posted == {}


@pytest.mark.parametrize("call", ["ring", "asked", "answer", "done"])
def test_the_cloud_may_be_away_at_any_call(call: str, scene: Scene) -> None:
    scene.cloud.troubles[call] = [CloudAway("no answer")] * 3
    scene.cloud.add("job")
    scene.run(lambda: scene.cloud.deleted == ["job"])
    assert scene.cloud.posted == {"job": FOUND}


def test_a_fault_while_the_queue_is_heard_ends_no_hearing(scene: Scene) -> None:
    scene.cloud.troubles["ring"] = [ZeroDivisionError()]
    scene.cloud.add("job")
    scene.run(lambda: scene.cloud.deleted == ["job"])
    assert ("queue not heard", {"error": "ZeroDivisionError"}) in scene.said


def test_an_object_that_cannot_be_put_now_is_put_later(scene: Scene) -> None:
    errors = [CloudAway("no rights are lent")]

    def once(_: Asked) -> Outcome:
        if errors:
            raise errors.pop()
        return FOUND

    scene.work.outcome = once
    scene.cloud.add("job", "fill")
    scene.run(lambda: scene.cloud.deleted == ["job"])
    assert scene.cloud.posted == {"job": FOUND}


def test_a_fault_of_ours_is_told_and_the_agent_goes_on(scene: Scene) -> None:
    def faulty(asked: Asked) -> Outcome:
        if asked.job == "bad":
            raise ZeroDivisionError
        return FOUND

    scene.work.outcome = faulty
    scene.cloud.add("bad")
    scene.cloud.add("good")
    scene.run(lambda: len(scene.cloud.deleted) == 2)
    assert scene.cloud.posted == {"bad": Failed("agent_failed"), "good": FOUND}
    assert ("job failed", {"kind": "index", "error": "ZeroDivisionError"}) in scene.said
    assert sorted(scene.told) == [("index", "agent_failed"), ("index", "answered")]


def test_an_outcome_that_the_cloud_cannot_read_is_a_fault_of_ours(scene: Scene) -> None:
    scene.cloud.unread = {"job"}
    scene.cloud.add("job")
    scene.run(lambda: scene.cloud.deleted == ["job"])
    assert scene.cloud.posted == {"job": Failed("agent_failed")}


def test_a_job_that_is_not_understood_comes_back(scene: Scene) -> None:
    scene.cloud.troubles["asked"] = [NotUnderstood("job")]
    scene.cloud.add("job")
    scene.run(lambda: ("job not understood", {"kind": "index"}) in scene.said)
    assert scene.cloud.deleted == []


def test_a_fault_around_a_job_leaves_its_message(scene: Scene) -> None:
    scene.cloud.troubles["done"] = [ZeroDivisionError()]
    scene.cloud.add("job")
    scene.run(lambda: ("job left", {"error": "ZeroDivisionError"}) in scene.said)
    assert scene.cloud.deleted == []


def test_a_message_is_held_while_its_job_is_done(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HOLD_EVERY", 0.05)
    scene.cloud.troubles["hold"] = [CloudAway("once")]

    def slow(_: Asked) -> Outcome:
        sleep(0.3)
        return FOUND

    scene.work.outcome = slow
    scene.cloud.add("job")
    scene.run(lambda: scene.cloud.deleted == ["job"])
    assert len(scene.cloud.held) >= 3
    count = len(scene.cloud.held)
    sleep(0.2)
    assert len(scene.cloud.held) == count


def test_an_agent_that_is_not_served_hears_no_queue(scene: Scene) -> None:
    scene.cloud.troubles["asked"] = [NotServed("status 403", code="agent_unknown")]
    scene.cloud.add("job")
    scene.cloud.add("other")

    def served_again() -> bool:
        if not scene.served.is_set():
            sleep(0.1)
            assert len(scene.cloud.deleted) <= 2
            scene.served.set()
        return len(scene.cloud.deleted) == 2

    scene.run(served_again)


@pytest.mark.parametrize("call", ["asked", "answer", "done"])
def test_an_agent_that_is_served_no_more_gives_its_job_back(call: str, scene: Scene) -> None:
    """Another agent of the site has it at once, not when the message is seen again."""
    scene.cloud.troubles[call] = [NotServed("status 403", code="agent_unknown")]
    scene.cloud.add("job")
    scene.run(lambda: scene.cloud.given_back == ["job"])
    assert scene.cloud.deleted == []
    assert not scene.served.is_set()


def test_a_beat_that_is_refused_has_the_job_given_back(scene: Scene) -> None:
    """The beat has taken the rights away before the job's next call."""

    def unserved(_: Asked) -> Outcome:
        scene.served.clear()
        raise CloudAway("no rights are lent")

    scene.work.outcome = unserved
    scene.cloud.add("job", "fill")
    scene.run(lambda: scene.cloud.given_back == ["job"])
    assert (scene.cloud.posted, scene.cloud.deleted) == ({}, [])


@pytest.mark.parametrize(
    ("error", "told"), [(CloudAway("no answer"), "cloud_away"), (KeyError("x"), "KeyError")]
)
def test_a_job_that_cannot_be_given_back_is_seen_again_by_itself(
    error: Exception, told: str, scene: Scene
) -> None:
    scene.cloud.troubles["asked"] = [NotServed("status 403", code="agent_unknown")]
    scene.cloud.troubles["give_back"] = [error]
    scene.cloud.add("job")
    scene.run(lambda: ("message not given back", {"code": told}) in scene.said)
    assert scene.cloud.deleted == []


def test_large_work_leaves_room_for_small_work(scene: Scene) -> None:
    release, running = Event(), []

    def outcome(asked: Asked) -> Outcome:
        if asked.kind == "fill":
            running.append(asked.job)
            release.wait(5)
        return FOUND

    scene.work.outcome = outcome
    for number in range(4):
        scene.cloud.add(f"fill-{number}", "fill")
    scene.cloud.add("index")
    assert AT_ONCE > 5

    def quick() -> bool:
        if scene.cloud.posted.keys() == {"index"}:
            assert len(running) == FILLS_AT_ONCE
            release.set()
        return len(scene.cloud.deleted) == 5

    scene.run(quick)


def test_it_stops_in_the_middle_and_leaves_the_message(scene: Scene) -> None:
    scene.cloud.troubles["answer"] = [CloudAway("no answer")] * 10_000
    scene.cloud.add("job")
    scene.run(lambda: any(event == "cloud away" for event, _ in scene.said))
    assert scene.cloud.deleted == []
    assert scene.cloud.given_back == ["job"], "the next agent, or the next life, has it at once"


def test_it_stops_while_an_object_cannot_be_put(scene: Scene) -> None:
    def away(_: Asked) -> Outcome:
        raise CloudAway("no rights are lent")

    scene.work.outcome = away
    scene.cloud.add("job", "fill")
    scene.run(lambda: any(event == "cloud away" for event, _ in scene.said))
    assert (scene.cloud.posted, scene.cloud.deleted) == ({}, [])


def test_it_hears_no_queue_before_the_first_answered_beat(scene: Scene) -> None:
    scene.served.clear()
    scene.cloud.add("job")
    begun = monotonic()
    scene.run(lambda: monotonic() > begun + 1.2)
    assert (len(scene.cloud.waiting), scene.cloud.deleted) == (1, [])


@dataclass
class Gone:
    """A pack that is gone so many times."""

    times: int
    seen: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Outcome:
        self.seen.append(asked.key)
        if len(self.seen) <= self.times:
            raise PackGone("status 403")
        return FOUND


def test_a_job_whose_pack_has_gone_is_read_again(scene: Scene) -> None:
    gone = Gone(2)
    scene.work.outcome = gone
    scene.cloud.add("one", "import")
    scene.cloud.keys = ["key", "key", "other"]
    scene.run(lambda: scene.cloud.deleted == ["one"])
    assert gone.seen == ["key", "key", "other"]
    assert scene.cloud.posted == {"one": FOUND}
    assert scene.work.forgotten == ["one", "one"], "the former attempt's objects go too"


def test_a_pack_that_is_never_there_is_told(scene: Scene) -> None:
    scene.work.outcome = Gone(99)
    scene.cloud.add("one", "import")
    scene.run(lambda: scene.cloud.deleted == ["one"])
    assert scene.cloud.posted == {"one": Failed("agent_failed")}


def test_a_job_that_ended_with_its_session_is_left(scene: Scene) -> None:
    def end(_: Asked) -> Outcome:
        scene.cloud.jobs.clear()
        raise PackGone("status 404")

    scene.work.outcome = end
    scene.cloud.add("one", "import")
    scene.run(lambda: scene.cloud.deleted == ["one"])
    assert scene.cloud.posted == {}
    assert scene.work.forgotten == ["one"]
