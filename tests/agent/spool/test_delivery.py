"""The delivery: order, one probe while the cloud is away, nothing lost, nothing thrown away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.spool.courier import Acknowledged, Away, Outcome, Refused
from agent.spool.delivery import DISK_PAUSE, FAULT, LARGE, RECALL, SEAL_BROKEN, Delivery
from agent.spool.keeper import Keeper
from agent.spool.line import LONGEST_PAUSE, Line, LineState
from agent.spool.store import Entry, Head
from agent.status.board import SpoolBoard
from functions.drimbox.errors import StorageUnavailable
from tests.agent.scenes import GONE, PLENTY, ROOM, Cloud, Time, report, spool_at
from tests.agent.status.scenes import silent
from tests.fakes.world import SENDER

OTHER = ("AUTRE_RIS", "AMBROISE")


@dataclass
class Scene:
    """A spool, a cloud, and time that moves when told."""

    folder: Path
    cloud: Cloud = field(default_factory=Cloud)
    time: Time = field(default_factory=Time)

    def __post_init__(self) -> None:
        self.spool = spool_at(self.folder)
        self.keeper = Keeper(self.spool, ROOM, lambda: PLENTY, self.time.clock, self.time.monotonic)
        self.line = Line(self.time.clock)
        self.told = SpoolBoard(silent())
        self.delivery = Delivery(
            self.keeper,
            self.cloud,
            self.line,
            self.time.clock,
            self.time.sleep,
            lambda: 0.0,
            self.time.monotonic,
            self.told,
        )

    def fill(self, *control_ids: str, sender: tuple[str, str] = SENDER) -> None:
        """Messages that the site has acknowledged before the delivery begins."""
        at = self.time.clock.now()
        self.spool.put(
            [
                Entry("|".join(sender), one, report(one, sender=sender), b"ACK", at)
                for one in control_ids
            ]
        )


def played(scene: Scene, play: Callable[[Scene], Awaitable[None]]) -> None:
    """The scene's delivery runs as long as ``play``."""

    async def whole() -> None:
        running = asyncio.create_task(scene.delivery.run())
        try:
            async with asyncio.timeout(60):
                await play(scene)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(whole())


async def until(true: Callable[[], bool]) -> None:
    """Wait for it."""
    while not true():
        await asyncio.sleep(0.001)


def test_kept_messages_are_sent_in_their_order_with_their_time(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.fill("1", "2", "3")

    async def play(scene: Scene) -> None:
        await until(lambda: not scene.keeper.waiting)
        at = scene.time.clock.now()
        for one in ("4", "5"):
            await scene.keeper.keep(Entry("|".join(SENDER), one, report(one), b"ACK", at))
        await until(lambda: scene.told.sent_count == 5)

    played(scene, play)
    assert scene.cloud.accepted == ["1", "2", "3", "4", "5"]
    assert scene.cloud.calls == [(str(n), True) for n in range(1, 6)]
    assert scene.told.sent_count == 5
    assert scene.line.state is LineState.THERE


@pytest.mark.parametrize("count", [60])
def test_eight_hours_without_the_cloud_cost_a_try_a_minute_and_no_message(
    tmp_path: Path, count: int
) -> None:
    scene = Scene(tmp_path)
    scene.fill(*map(str, range(count)))
    scene.cloud.away = GONE
    start = scene.time.clock.now()
    back: list[timedelta] = []

    async def play(scene: Scene) -> None:
        while scene.time.clock.now() - start < timedelta(hours=8):
            await scene.time.until_asleep(LONGEST_PAUSE)
            scene.time.wake_next()
        await scene.time.until_asleep(LONGEST_PAUSE)
        assert scene.keeper.waiting == count
        assert 8 * 60 <= len(scene.cloud.calls) <= 8 * 60 + 30
        assert {name for name, _ in scene.cloud.calls} == {"0"}
        scene.cloud.away = None
        began, tries = scene.time.clock.now(), len(scene.cloud.calls)
        while len(scene.cloud.calls) == tries:
            await scene.time.until_asleep(LONGEST_PAUSE)
            scene.time.wake_next()
            await asyncio.sleep(0.01)
        await until(lambda: not scene.keeper.waiting)
        back.append(scene.time.clock.now() - began)

    played(scene, play)
    assert scene.cloud.accepted == [str(n) for n in range(count)]
    assert back[0] <= timedelta(minutes=25)


def test_one_senders_messages_wait_for_each_other_and_not_for_anothers(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.fill("1", "2")
    scene.fill("1", "2", sender=OTHER)

    async def play(scene: Scene) -> None:
        assert await scene.delivery.round() == 0.0
        assert len(scene.cloud.calls) == 2
        assert [head.sender for head in await scene.keeper.heads()] == [
            "|".join(SENDER),
            "|".join(OTHER),
        ]

    asyncio.run(play(scene))


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        (Acknowledged("AE", b""), "refused_AE"),
        (Refused(413, everything=False), "refused_413"),
    ],
)
def test_a_message_that_the_cloud_refuses_is_kept_aside_and_offered_again_each_hour(
    tmp_path: Path, outcome: Outcome, why: str
) -> None:
    scene = Scene(tmp_path)
    scene.fill("1", "2")
    scene.cloud.away = outcome

    async def play(scene: Scene) -> None:
        await until(lambda: not scene.keeper.waiting)
        assert (await scene.keeper.depth()).aside == 2
        scene.cloud.away = None
        await scene.time.until_asleep(RECALL)
        scene.time.wake_next()
        await until(lambda: scene.told.sent_count == 2)

    played(scene, play)
    assert scene.told.aside == {why: 2}
    assert scene.cloud.accepted == ["1", "2"]
    assert scene.time.clock.now() - Time().clock.now() == timedelta(seconds=RECALL)


@pytest.mark.parametrize(
    "outcome", [Acknowledged("AR", b""), Away("timeout"), Refused(404, everything=True)]
)
def test_a_message_that_may_be_taken_later_stays_where_it_is(
    tmp_path: Path, outcome: Outcome
) -> None:
    scene = Scene(tmp_path)
    scene.fill("1")
    scene.cloud.away = outcome
    assert asyncio.run(scene.delivery.round()) is not None
    depth = scene.spool.depth()
    assert (depth.messages, depth.aside) == (1, 0)
    assert not scene.cloud.accepted


def per_message(scene: Scene, fails: Callable[[str], Outcome | None]) -> None:
    """The cloud's outcome for some messages."""
    whole = scene.cloud.carry

    async def carry(raw: bytes, control_id: str, **more: Any) -> Outcome:
        return fails(control_id) or await whole(raw, control_id, **more)

    scene.cloud.carry = carry  # type: ignore[method-assign]


@pytest.mark.parametrize(
    "outcome", [Away("store"), Away("server"), Away("timeout"), Refused(403, everything=True)]
)
def test_a_message_with_a_fault_of_its_own_holds_up_its_sender_alone(
    tmp_path: Path, outcome: Outcome
) -> None:
    scene = Scene(tmp_path)
    scene.fill("1", "2")
    scene.fill(*(f"other{n}" for n in range(20)), sender=OTHER)
    per_message(scene, lambda name: outcome if name == "1" else Acknowledged("AA", b""))

    async def play(scene: Scene) -> None:
        await until(lambda: scene.told.sent_count == 20)
        await scene.time.until_asleep(LONGEST_PAUSE)
        assert not scene.line.is_shut
        assert scene.keeper.waiting == 2
        per_message(scene, lambda _name: Acknowledged("AA", b""))
        scene.time.wake_next()
        await until(lambda: scene.told.sent_count == 22)

    played(scene, play)


def test_while_the_line_is_shut_each_sender_is_tried_in_turn(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.fill("1")
    scene.fill("2", sender=OTHER)
    scene.cloud.away = GONE

    async def play(scene: Scene) -> None:
        for _ in range(5):
            await scene.delivery.round()

    asyncio.run(play(scene))
    names = [name for name, _ in scene.cloud.calls]
    assert set(names[:2]) == {"1", "2"}
    assert names[2:] in (["1", "2", "1", "2"], ["2", "1", "2", "1"])


def test_a_bug_about_one_message_stops_no_other(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.fill("1", "2")

    def fails(name: str) -> Outcome | None:
        if name == "1":
            raise TypeError("MSH|secret")
        return None

    per_message(scene, fails)

    async def play(scene: Scene) -> None:
        await until(lambda: scene.told.sent_count == 1)

    played(scene, play)
    assert scene.told.aside == {FAULT: 1}
    assert scene.cloud.accepted == ["2"]


def test_large_messages_are_in_memory_one_at_a_time(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    at = scene.time.clock.now()
    raw = bytes(LARGE + 1)
    scene.spool.put([Entry(f"S{n}|X", str(n), raw, b"ACK", at) for n in range(3)])
    busy = [0, 0]

    async def carry(raw: bytes, control_id: str, **more: Any) -> Outcome:
        busy[0] += 1
        busy[1] = max(busy)
        await asyncio.sleep(0.01)
        busy[0] -= 1
        return Acknowledged("AA", b"")

    scene.cloud.carry = carry  # type: ignore[method-assign]
    asyncio.run(scene.delivery.round())
    assert busy == [0, 1]
    assert not scene.spool.waiting


def test_a_message_whose_seal_is_broken_is_put_aside(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.fill("1")
    scene.spool._connection.execute("UPDATE messages SET sealed = x'00'")
    asyncio.run(scene.delivery.round())
    assert scene.told.aside == {SEAL_BROKEN: 1}
    assert not scene.cloud.calls


def test_a_message_that_was_taken_and_not_forgotten_is_taken_once(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.fill("1")
    scene.cloud.take(report("1"), "1")
    asyncio.run(scene.delivery.round())
    assert scene.cloud.accepted == ["1"]
    assert not scene.spool.waiting


def test_a_disk_that_fails_stops_nothing_for_good(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.fill("1", "2")
    failing = [True]
    whole = scene.spool.remove

    def remove(head: Head) -> None:
        if failing.pop() if failing else False:
            raise StorageUnavailable("spool: disk I/O error")
        whole(head)

    scene.spool.remove = remove  # type: ignore[method-assign]

    async def play(scene: Scene) -> None:
        await scene.time.until_asleep(DISK_PAUSE)
        scene.time.wake_next()
        await until(lambda: not scene.keeper.waiting)

    played(scene, play)
    assert scene.cloud.accepted == ["1", "2"]
    assert [name for name, _ in scene.cloud.calls] == ["1", "1", "2"]


def test_a_round_ends_when_all_of_its_messages_have(tmp_path: Path) -> None:
    """A fault in one lane must not leave the other's message on its way into the next round."""
    scene = Scene(tmp_path)
    scene.fill("1")
    scene.fill("1", sender=OTHER)
    whole = scene.spool.load

    def load(number: int) -> object:
        if number == 1:
            raise StorageUnavailable("spool: disk I/O error")
        return whole(number)

    scene.spool.load = load  # type: ignore[method-assign, assignment]
    with pytest.raises(StorageUnavailable):
        asyncio.run(scene.delivery.round())
    assert [name for name, _ in scene.cloud.calls] == ["1"]
    assert scene.spool.waiting == 1
