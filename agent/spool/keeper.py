"""The spool for asyncio: one thread has the disk; messages that come together share a commit."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from agent.spool.store import Depth, Entry, Head, Kept, Spool, Stored
    from functions.drimbox.ports import Clock

P = ParamSpec("P")
T = TypeVar("T")

# Bytes. Below, a hospital's disk has other needs than ours.
LEAST_FREE: Final = 1_000_000_000


@frozen
class Room:
    """When the spool takes no more: with less than ``least_free`` bytes on its disk, or while its
    oldest message waits for longer than ``patience``.
    """

    patience: timedelta
    least_free: int = LEAST_FREE


def free_bytes(folder: Path) -> int:
    """The free bytes of the folder's disk."""
    return shutil.disk_usage(folder).free


class Keeper:
    """``spool`` is this object's alone from now on. ``free`` gives the free bytes of its disk.

    Its time is that of ``clock`` at the beginning, and goes on by ``monotonic``: a clock that is
    set while the agent runs makes no message older or younger.
    """

    def __init__(
        self,
        spool: Spool,
        room: Room,
        free: Callable[[], int],
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spool = spool
        self._began = clock.now() - timedelta(seconds=monotonic())
        self._monotonic = monotonic
        self._room = room
        self._free = free
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._arrived: list[tuple[Entry, asyncio.Future[Kept]]] = []
        # Those that have come and may not be on the disk yet, by sender.
        self._coming: Counter[str] = Counter()
        self._writing: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How many messages wait, those included that are about to be kept."""
        return self._spool.waiting + self._coming.total()

    def holds(self, sender: str) -> bool:
        """Whether a message of that sender waits, or is about to."""
        return self._spool.holds(sender) or self._coming[sender] > 0

    def now(self) -> datetime:
        """The time by which messages are kept (UTC)."""
        return self._began + timedelta(seconds=self._monotonic())

    def has_room(self) -> bool:
        """Whether another message may be kept. Raises StorageUnavailable."""
        try:
            free = self._free()
        except OSError:
            raise StorageUnavailable("spool: the disk does not tell its room") from None
        oldest = self._spool.oldest_at
        is_young = oldest is None or self.now() - oldest < self._room.patience
        return is_young and free >= self._room.least_free

    def keep(self, entry: Entry) -> asyncio.Future[Kept]:
        """Keep a message, after those that came before it. The message is on the disk when the
        result is there; it raises StorageUnavailable.
        """
        done: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()
        self._arrived.append((entry, done))
        self._coming[entry.sender] += 1
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return done

    async def _write(self) -> None:
        while self._arrived:
            batch, self._arrived = self._arrived, []
            try:
                kept = await self._do(self._spool.put, [entry for entry, _ in batch])
            except Exception as error:  # noqa: BLE001  # whatever it is, nobody waits for ever
                for _, done in batch:
                    if not done.done():  # its connection may have gone
                        done.set_exception(StorageUnavailable(f"spool: {type(error).__name__}"))
            else:
                for (_, done), one in zip(batch, kept, strict=True):
                    if not done.done():
                        done.set_result(one)
                self._news.set()
            self._coming.subtract(entry.sender for entry, _ in batch)

    async def news(self) -> None:
        """Return once a message was kept since the last call."""
        await self._news.wait()
        self._news.clear()

    async def heads(self) -> list[Head]:
        """See :meth:`Spool.heads`."""
        return await self._do(self._spool.heads)

    async def load(self, head: Head) -> Stored | None:
        """See :meth:`Spool.load`."""
        return await self._do(self._spool.load, head.number)

    async def remove(self, head: Head) -> None:
        """See :meth:`Spool.remove`."""
        await self._do(self._spool.remove, head)

    async def put_aside(self, head: Head, why: str) -> None:
        """See :meth:`Spool.put_aside`."""
        await self._do(self._spool.put_aside, head, why)

    async def asides(self) -> list[Head]:
        """See :meth:`Spool.asides`."""
        return await self._do(self._spool.asides)

    async def depth(self) -> Depth:
        """See :meth:`Spool.depth`."""
        return await self._do(self._spool.depth)

    async def close(self) -> None:
        """Write the messages that have come, then let another process open the spool."""
        if self._writing is not None:
            await self._writing
        await self._do(self._spool.close)
        self._thread.shutdown()

    async def _do(self, work: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: work(*args, **more))
