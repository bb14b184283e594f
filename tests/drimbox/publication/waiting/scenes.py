"""Changes of the demo site that wait, and the ticks that look at them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from functions.drimbox.breaker import SERVICE
from functions.drimbox.errors import DmpUnavailable, Transient
from functions.drimbox.oid import Uid
from functions.drimbox.publication.change import PARKED, Change, Step
from functions.drimbox.publication.start import start
from functions.drimbox.publication.steps.admit import admit_report
from functions.drimbox.publication.waiting.wait import Wait
from tests.fakes.world import UNIT, World, case

SECOND: Final = timedelta(seconds=1)
SLOT: Final = UNIT / 6


def change(number: int = 1, **more: Any) -> Change:
    return Change("demo", f"m{number}", Uid(f"1.2.{number}"), 0, **more)


def fail(error: Transient) -> Any:
    def work() -> dict[str, Any]:
        raise error

    return work


def park(
    world: World,
    error: Transient,
    of: Change | None = None,
    at: Step = Step.PUBLISH_MANIFEST,
    tries: int = 5,
) -> Wait:
    """A step of that change ends with ``error``; the wait that it leaves."""
    of = of or change()
    assert world.parking.attempt(of, at, tries, fail(error))["outcome"] == PARKED
    return world.waits.waits[of.message_id, of.study_instance_uid]


def admitted(world: World) -> Change:
    """A report has taken its study: its change."""
    world.send(case("C"))
    ((message_id, replay, at),) = world.queue.messages
    start(world.site, world.workflow, message_id, replay=replay, received_at=at)
    (first,) = world.workflow.started.values()
    admit_report(world.site, first)
    world.workflow.started.clear()
    return first


def denied(circuit: str = "dmp") -> DmpUnavailable:
    return DmpUnavailable("asked again later", circuit=circuit)


def break_down(world: World, circuit: str = "dmp") -> None:
    """Three failures open it."""
    for _ in range(3):
        leave = world.site.breaker.admit(circuit, SERVICE)
        assert leave is not None
        world.site.breaker.failed(leave)


def answer(world: World, circuit: str = "dmp") -> None:
    """A probe finds the service."""
    leave = world.site.breaker.admit(circuit, SERVICE)
    assert leave is not None
    world.site.breaker.answered(leave)


def deliver(world: World, limit: int = 1) -> list[int]:
    """The latest ticks of the queue come, one after the other, each at its time; how many changes
    each has woken."""
    woken = []
    for _ in range(limit):
        due_at = world.waits.tick.due_at
        if due_at is None:
            break
        world.clock.at = max(world.clock.at, due_at)
        woken.append(world.waker.tick(world.ticks.messages[-1][0]))
    return woken


def started(world: World) -> list[tuple[str, int]]:
    """The message and the wake of every execution that was started."""
    return [(message, wake) for message, _, _, wake in world.workflow.started]
