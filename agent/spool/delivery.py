"""Sends the kept messages on: each sender's in their order, one after the other.

A message that fails for a reason of its own holds up its sender alone. While nobody answers, one
message is tried at growing pauses, each sender's in turn. A message that the cloud will not take
although the site has acknowledged it is put aside, never thrown away: the status page tells of it,
and it is offered again every hour.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from agent.spool.courier import Acknowledged, Away, Refused
from agent.spool.line import failure_of, pause_of
from functions.drimbox.errors import StorageUnavailable

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
FAULT: Final = "fault"


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

    def failed(self, error: Exception) -> None:
        """A fault of our own."""
        ...


@dataclass
class _Lane:
    """One sender whose oldest message has failed: how often, and until when it rests."""

    failures: int
    until: float


@dataclass
class Delivery:
    """``share`` gives a random number from 0 to 1, ``monotonic`` seconds."""

    keeper: Keeper
    courier: Courier
    line: Line
    clock: Clock
    sleep: Sleep
    share: Callable[[], float]
    monotonic: Callable[[], float]
    told: Told
    _lanes: dict[str, _Lane] = field(default_factory=dict)
    _turn: int = 0
    _large: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    async def run(self) -> None:
        """Send for ever; only its task's end stops it."""
        while True:
            try:
                await self.offer_again()
                await self._until_recall()
            except StorageUnavailable:
                await self.sleep(DISK_PAUSE)

    async def _until_recall(self) -> None:
        over = asyncio.create_task(self.sleep(RECALL))
        try:
            while not over.done():
                rest = await self.round()
                if rest is None:
                    await self._some(over)
                elif rest > 0:
                    await self.sleep(rest)
        finally:
            over.cancel()

    async def _some(self, over: asyncio.Task[None]) -> None:
        """Wait for a message, or for the time to look at those that were put aside."""
        news = asyncio.create_task(self.keeper.news())
        await asyncio.wait({news, over}, return_when=asyncio.FIRST_COMPLETED)
        news.cancel()

    async def round(self) -> float | None:
        """Try the oldest message of each sender that does not rest; of one sender in turn while the
        line is shut. The seconds to rest before the next round, None where nothing waits. Raises
        StorageUnavailable.
        """
        heads = await self.keeper.heads()
        if not heads:
            return None
        if self.line.is_shut:
            tried = [heads[self._turn % len(heads)]]
            self._turn += 1
        else:
            now = self.monotonic()
            tried = [head for head in heads if self._until(head) <= now]
            if not tried:
                return min(self._until(head) for head in heads) - now
        # All of them end before the next round: no message is on its way twice.
        ends = await asyncio.gather(*map(self._deliver, tried), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        return self.line.pause(self.share()) if self.line.is_shut else 0.0

    def _until(self, head: Head) -> float:
        lane = self._lanes.get(head.sender)
        return lane.until if lane else 0.0

    async def offer_again(self) -> None:
        """Offer each message that was put aside once more, one after the other; those that are not
        taken stay where they are. Raises StorageUnavailable."""
        for head in await self.keeper.asides():
            outcome = await self._carried(head)
            if outcome is not None and _is_taken(outcome):
                await self._sent(head)

    async def _deliver(self, head: Head) -> None:
        try:
            outcome = await self._carried(head)
        except StorageUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  # one message must not stop all others
            self.told.failed(error)
            await self._aside(head, FAULT)
            return
        if outcome is None:
            await self._aside(head, SEAL_BROKEN)
            return
        self.line.note(outcome, str(head.number))
        why = _refusal(outcome)
        if why:
            await self._aside(head, why)
        elif _is_taken(outcome):
            await self._sent(head)
        else:
            self._rest(head, outcome)

    async def _carried(self, head: Head) -> Outcome | None:
        """The outcome of one try; None where the seal does not open. Large messages are in memory
        one at a time."""
        if head.size <= LARGE:
            return await self._carry(head, WITHIN)
        async with self._large:
            return await self._carry(head, WITHIN_LARGE)

    async def _carry(self, head: Head, within: float) -> Outcome | None:
        stored = await self.keeper.load(head)
        if stored is None:
            return None
        return await self.courier.carry(
            stored.raw, stored.control_id, accepted_at=stored.accepted_at, within=within
        )

    def _rest(self, head: Head, outcome: Outcome) -> None:
        """The sender's messages rest, as long as its oldest one has failed often."""
        lane = self._lanes.get(head.sender)
        failures = lane.failures + 1 if lane else 1
        failed = failure_of(outcome)
        pause = pause_of(failures, self.share(), failed.wait if failed else 0.0)
        self._lanes[head.sender] = _Lane(failures, self.monotonic() + pause)

    async def _sent(self, head: Head) -> None:
        self._lanes.pop(head.sender, None)
        await self.keeper.remove(head)
        self.told.sent(self.clock.now())

    async def _aside(self, head: Head, why: str) -> None:
        self._lanes.pop(head.sender, None)
        await self.keeper.put_aside(head, why)
        self.told.put_aside(why)


def _is_taken(outcome: Outcome) -> bool:
    return isinstance(outcome, Acknowledged) and outcome.code == "AA"


def _refusal(outcome: Outcome) -> str:
    """Why the cloud takes this one message never as it is, "" where it may later."""
    match outcome:
        case Acknowledged(code="AE"):
            return "refused_AE"
        case Refused(everything=False, status=status):
            return f"refused_{status}"
        case Acknowledged() | Away() | Refused():
            return ""
