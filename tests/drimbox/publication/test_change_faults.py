"""A correction or a withdrawal while the outside fails: at every call, by every kind of fault."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from tests.drimbox.publication.failing import (
    FAULTS,
    Answer,
    Fault,
    first,
    kill_at_every_call,
)
from tests.drimbox.publication.scenes import MESSAGES, agrees, play
from tests.fakes.world import World

pytestmark = pytest.mark.slow

# The earlier publication, then the message during which calls fail.
CHANGES = {
    "a correction": (("P1",), "R2"),
    "a withdrawal": (("P1",), "W1"),
    "a correction before its original": ((), "R2"),
    "a withdrawal before its original": ((), "W1"),
    "a return after a withdrawal": (("P1", "W1"), "R2"),
}
each_change = pytest.mark.parametrize(("before", "last"), CHANGES.values(), ids=CHANGES)


def _change(world: World, name: str) -> None:
    assert world.send(MESSAGES[name], control_id=name).code == "AA"
    world.work()


def _once(world: World, last: str) -> None:
    agrees(world, last)
    event = {"R": "manifest.replaced", "W": "manifest.withdrawn"}[last[0]]
    assert [found for found, _ in world.audit.events()].count(event) == 1


@pytest.mark.parametrize(("before", "last"), list(CHANGES.values())[:2], ids=list(CHANGES)[:2])
def test_a_kill_at_any_call_loses_and_doubles_nothing(before: tuple[str, ...], last: str) -> None:
    """The other changes, and every other way to fail, are the campaign's (``make faults``)."""

    def act(world: World) -> None:
        _change(world, last)
        _once(world, last)

    names = kill_at_every_call(lambda world: play(world, before), act)
    assert {"dmp.update" if last == "W1" else "dmp.submit", "records.put"} <= set(names)


@each_change
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_an_answer_that_does_not_come_has_one_effect(
    world: World,
    before: tuple[str, ...],
    last: str,
    fault: Fault,
    count: int,
) -> None:
    play(world, before)
    world.dmp_fault = first(count, fault)
    _change(world, last)
    _once(world, last)


@pytest.mark.parametrize("last", ["R2", "W1"])
def test_a_late_commit_is_seen_and_not_doubled(world: World, last: str) -> None:
    """The request is committed after our queries have found nothing twice, before our re-send."""
    play(world, ["P1"])
    waiting: list[Answer] = []
    committed_at = world.clock.now()

    def changes(request: httpx.Request) -> bool:
        return b"SubmitObjectsRequest" in request.read()

    def late(request: httpx.Request, answer: Answer) -> httpx.Response:
        if not changes(request):
            return answer()
        waiting.append(answer)
        if len(waiting) == 1:
            raise httpx.ReadTimeout("no answer", request=request)
        if len(waiting) == 2:
            # Its assertion is old by now, so the registry is told the time at which it came.
            present, world.clock.at = world.clock.at, committed_at
            waiting[0]()
            world.clock.at = present
        return answer()

    world.dmp_fault = late
    _change(world, last)
    assert len(waiting) == 2
    _once(world, last)


@pytest.mark.parametrize("last", ["R2", "W1"])
def test_eight_hours_without_dmp_lose_nothing(world: World, last: str) -> None:
    play(world, ["P1"])
    back = world.clock.now() + timedelta(hours=8)
    before = world.dmp_calls

    def down(request: httpx.Request, answer: Answer) -> httpx.Response:
        return httpx.Response(503, content=b"") if world.clock.now() < back else answer()

    world.dmp_fault = down
    _change(world, last)
    _once(world, last)
    assert world.dmp_calls - before < 8 * 60
