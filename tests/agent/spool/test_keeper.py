"""The keeper: durable before it answers, one commit for many, room, and faults of the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.spool.keeper import Keeper, Room, free_bytes
from agent.spool.store import Entry, Kept, Spool
from functions.drimbox.errors import StorageUnavailable
from tests.agent.scenes import KEY, PLENTY, ROOM, kept_at, nonce, spool_at
from tests.fakes.memory import VirtualClock

AT = datetime(2026, 11, 30, 5, 0, tzinfo=UTC)


def entry(number: int) -> Entry:
    return Entry("RIS|SITE", str(number), b"MSH|%d" % number, b"ACK", AT)


class Commits(Spool):
    """Counts the transactions; those of ``broken`` fail."""

    sizes: list[int]
    broken = 0

    def put(self, entries: Sequence[Entry]) -> list[Kept]:
        self.sizes.append(len(entries))
        if self.broken:
            self.broken -= 1
            raise StorageUnavailable("spool: disk I/O error")
        return super().put(entries)


def commits(folder: Path) -> Commits:
    spool = Commits(folder, lambda _is_new: KEY, nonce)
    spool.sizes = []
    return spool


def test_messages_that_come_together_share_a_commit(tmp_path: Path) -> None:
    spool = commits(tmp_path)

    async def play() -> list[Kept]:
        keeper = Keeper(spool, ROOM, lambda: PLENTY, VirtualClock())
        kept = await asyncio.gather(*(keeper.keep(entry(n)) for n in range(50)))
        assert [head.number for head in await keeper.heads()] == [1]
        await keeper.close()
        return kept

    assert asyncio.run(play()) == [Kept(b"ACK")] * 50
    assert sum(spool.sizes) == 50
    assert len(spool.sizes) <= 3
    assert spool_at(tmp_path).depth().messages == 50


def test_a_disk_that_fails_fails_those_messages_alone(tmp_path: Path) -> None:
    spool = commits(tmp_path)
    spool.broken = 1

    async def play() -> list[object]:
        keeper = Keeper(spool, ROOM, lambda: PLENTY, VirtualClock())
        first = await asyncio.gather(
            keeper.keep(entry(1)), keeper.keep(entry(2)), return_exceptions=True
        )
        return [*first, await keeper.keep(entry(3))]

    *failed, kept = asyncio.run(play())
    assert [type(one) for one in failed] == [StorageUnavailable] * 2
    assert kept == Kept(b"ACK")
    assert spool.waiting == 1


@pytest.mark.parametrize("broken", [0, 1])
def test_a_sender_that_leaves_before_the_commit_stops_nobody(tmp_path: Path, broken: int) -> None:
    spool = commits(tmp_path)
    spool.broken = broken

    async def play() -> None:
        keeper = Keeper(spool, ROOM, lambda: PLENTY, VirtualClock())
        keeper.keep(entry(1)).cancel()
        assert keeper.holds("RIS|SITE")
        await asyncio.sleep(0)
        await keeper.keep(entry(2))

    asyncio.run(play())
    assert spool.waiting == 2 - broken


def test_news_come_with_a_message(tmp_path: Path) -> None:
    async def play() -> None:
        with kept_at(tmp_path) as keeper:
            waits = asyncio.create_task(keeper.news())
            await asyncio.sleep(0.01)
            assert not waits.done()
            keeping = keeper.keep(entry(1))
            assert keeper.holds("RIS|SITE"), "before the disk has it"
            assert keeper.waiting == 1
            await keeping
            await waits
            assert keeper.holds("RIS|SITE")
            assert keeper.waiting == 1

    asyncio.run(play())


def test_room_ends_with_the_disk_and_with_patience(tmp_path: Path) -> None:
    free, seconds = [PLENTY], [100.0]
    clock = VirtualClock(AT)

    async def play() -> list[bool]:
        room = Room(timedelta(hours=2), least_free=1_000)
        keeper = Keeper(spool_at(tmp_path), room, lambda: free[0], clock, lambda: seconds[0])
        found = [keeper.has_room()]
        await keeper.keep(replace(entry(1), accepted_at=keeper.now()))
        # The machine's clock is set a day forth, then two days back: no message ages by that.
        clock.advance(timedelta(days=1))
        found.append(keeper.has_room())
        clock.advance(timedelta(days=-2))
        seconds[0] += 119 * 60
        found.append(keeper.has_room())
        seconds[0] += 60
        found.append(keeper.has_room())
        seconds[0] -= 3_600
        free[0] = 999
        found.append(keeper.has_room())
        free[0] = 1_000
        found.append(keeper.has_room())
        return found

    assert asyncio.run(play()) == [True, True, True, False, False, True]


def test_a_disk_that_does_not_tell_its_room_is_a_fault(tmp_path: Path) -> None:
    async def play() -> None:
        with kept_at(tmp_path, free=lambda: free_bytes(tmp_path / "absent")) as keeper:
            keeper.has_room()

    with pytest.raises(StorageUnavailable):
        asyncio.run(play())
    assert free_bytes(tmp_path) > 0


def test_a_bug_of_ours_leaves_nobody_waiting(tmp_path: Path) -> None:
    spool = commits(tmp_path)

    def put(entries: Sequence[Entry]) -> list[Kept]:
        raise TypeError("a bug")

    async def play() -> None:
        keeper = Keeper(spool, ROOM, lambda: PLENTY, VirtualClock())
        whole = spool.put
        spool.put = put  # type: ignore[method-assign]
        with pytest.raises(StorageUnavailable, match="TypeError"):
            await keeper.keep(entry(1))
        spool.put = whole  # type: ignore[method-assign]
        await keeper.keep(entry(2))

    asyncio.run(play())
    assert spool.waiting == 1
