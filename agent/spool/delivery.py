"""Sends the kept messages on: each sender's in their order, one after the other.

While the cloud is away, one message is tried at growing pauses and the others wait. A message that
the cloud will not take although the site has acknowledged it is put aside, never thrown away: the
status page tells of it, and it is tried again every hour.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, Protocol

from agent.spool.courier import Acknowledged, Away, Refused
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from datetime import datetime

    from agent.spool.courier import Courier, Outcome
    from agent.spool.keeper import Keeper
    from agent.spool.line import Line
    from agent.spool.store import Head
    from functions.drimbox.ports import Clock

# Seconds for one message; a large one is uploaded at the pace of the site's line.
WITHIN: Final = 60.0
WITHIN_LARGE: Final = 1800.0
# Bytes: the largest message that one request holds (as report.hl7.MAX_DIRECT_BYTES).
LARGE: Final = 4 * 1024 * 1024
# Seconds after which messages that were put aside are tried again, and after a fault of the disk.
RECALL: Final = 3600.0
DISK_PAUSE: Final = 10.0
# Why a message was put aside, where the cloud did not say it.
SEAL_BROKEN: Final = "seal_broken"


class Sleep(Protocol):
    """Waits; ``asyncio.sleep`` outside tests."""

    def __call__(self, delay: float, /) -> Coroutine[Any, Any, None]:
        """Return after so many seconds."""
        ...


class Told(Protocol):
    """Hears of each message that leaves the spool."""

    def sent(self, at: datetime) -> None:
        """The cloud has acknowledged one."""
        ...

    def put_aside(self, why: str) -> None:
        """One was put aside."""
        ...


@frozen
class Delivery:
    """``share`` gives a random number from 0 to 1."""

    keeper: Keeper
    courier: Courier
    line: Line
    clock: Clock
    sleep: Sleep
    share: Callable[[], float]
    told: Told

    async def run(self) -> None:
        """Send for ever; only its task's end stops it."""
        while True:
            try:
                await self.keeper.recall()
                await self._until_recall()
            except StorageUnavailable:
                await self.sleep(DISK_PAUSE)

    async def _until_recall(self) -> None:
        over = asyncio.create_task(self.sleep(RECALL))
        try:
            while not over.done():
                if not await self.round():
                    await self._some(over)
                elif self.line.is_shut:
                    await self.sleep(self.line.pause(self.share()))
        finally:
            over.cancel()

    async def _some(self, over: asyncio.Task[None]) -> None:
        """Wait for a message, or for the time to look at those that were put aside."""
        news = asyncio.create_task(self.keeper.news())
        await asyncio.wait({news, over}, return_when=asyncio.FIRST_COMPLETED)
        news.cancel()

    async def round(self) -> bool:
        """Try the oldest message of each sender, of one sender alone while the cloud is away; False
        where nothing waits. Raises StorageUnavailable.
        """
        heads = await self.keeper.heads()
        tried = heads[:1] if self.line.is_shut else heads
        # All of them end before the next round: no message is on its way twice.
        ends = await asyncio.gather(*map(self._deliver, tried), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end
        return bool(heads)

    async def _deliver(self, head: Head) -> None:
        stored = await self.keeper.load(head)
        if stored is None:
            await self._aside(head, SEAL_BROKEN)
            return
        outcome = await self.courier.carry(
            stored.raw,
            stored.control_id,
            accepted_at=stored.accepted_at,
            within=WITHIN if len(stored.raw) <= LARGE else WITHIN_LARGE,
        )
        self.line.note(outcome)
        why = _refusal(outcome)
        if why:
            await self._aside(head, why)
        elif isinstance(outcome, Acknowledged) and outcome.code == "AA":
            await self.keeper.remove(head)
            self.told.sent(self.clock.now())

    async def _aside(self, head: Head, why: str) -> None:
        await self.keeper.put_aside(head, why)
        self.told.put_aside(why)


def _refusal(outcome: Outcome) -> str:
    """Why the cloud takes this one message never as it is, "" where it may later."""
    match outcome:
        case Acknowledged(code="AE"):
            return "refused_AE"
        case Refused(everything=False, status=status):
            return f"refused_{status}"
        case Acknowledged() | Away() | Refused():
            return ""
