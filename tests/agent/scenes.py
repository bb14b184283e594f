"""The agent's scenes: messages, a cloud in memory, time that moves when told, a RIS's socket."""

from __future__ import annotations

import asyncio
import heapq
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from agent.mllp.framing import END, framed
from agent.spool.courier import Acknowledged, Away, Outcome
from agent.spool.keeper import Keeper, Room
from agent.spool.store import Spool
from functions.drimbox.identity.sealing import NONCE_BYTES
from functions.drimbox.publication.receive import Desk, receive
from functions.drimbox.report.hl7 import read_message
from simulators.ris.messages import message
from tests.fakes.memory import (
    MemoryAudit,
    MemoryBlobs,
    MemoryQueue,
    MemoryRefused,
    VirtualClock,
)
from tests.fakes.world import SENDER, SUBJECT, TENANT, case

ADMITTED = frozenset({SENDER})
LANE = "|".join(SENDER)
ROOM = Room(patience=timedelta(days=4))
PLENTY = 50_000_000_000
KEY = bytes(range(32))


def report(control_id: str, *, sender: tuple[str, str] = SENDER, form: str = "ORU") -> bytes:
    """A report that the cloud accepts."""
    return message(
        case("C"),
        form,  # type: ignore[arg-type]  # one of FORMS
        control_id=control_id,
        at=VirtualClock().now(),
        sender=sender,
    )


def without_document(control_id: str) -> bytes:
    """A message that every reader refuses."""
    return b"\r".join(
        line for line in report(control_id).split(b"\r") if not line.startswith(b"OBX|1|")
    )


def said(ack: bytes) -> tuple[str, str, str]:
    """MSA-1, MSA-2 and ERR-7 ("" without ERR) of an acknowledgement."""
    found = read_message(ack)
    err = found.all("ERR")
    msa = found.single("MSA")
    return msa.text(1), msa.text(2), err[0].text(7) if err else ""


def nonce() -> bytes:
    """Twelve bytes that are never the same."""
    return secrets.token_bytes(NONCE_BYTES)


def spool_at(folder: Path, key: bytes = KEY) -> Spool:
    """The spool of a folder."""
    return Spool(folder, lambda _is_new: key, nonce)


@contextmanager
def kept_at(
    folder: Path, room: Room = ROOM, free: Callable[[], int] = lambda: PLENTY
) -> Iterator[Keeper]:
    """A keeper of that folder's spool, for the time of a test's loop."""
    yield Keeper(spool_at(folder), room, free, VirtualClock())


@dataclass
class Cloud:
    """The cloud as a courier: the gateway's own reception in memory, or one outcome for all.

    ``calls`` are MSH-10 and whether the site had acknowledged it; ``accepted`` the messages in the
    order in which they came first.
    """

    away: Outcome | None = None
    inbox: MemoryBlobs = field(default_factory=MemoryBlobs)
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    calls: list[tuple[str, bool]] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    async def carry(
        self, raw: bytes, control_id: str, *, accepted_at: datetime | None, within: float
    ) -> Outcome:
        """See ``Courier``."""
        self.calls.append((control_id, accepted_at is not None))
        self.before()
        await asyncio.sleep(0)
        return self.away or self.take(raw, control_id)

    def take(self, raw: bytes, control_id: str) -> Acknowledged:
        """As the Lambda does."""
        known = len(self.inbox.objects)
        desk = Desk(TENANT, self.inbox, self.queue, MemoryAudit(), VirtualClock(), MemoryRefused())
        taken = receive(raw, SUBJECT, desk)
        if taken.code == "AA" and len(self.inbox.objects) > known:
            self.accepted.append(control_id)
        return Acknowledged(taken.code, taken.ack)


GONE = Away("unreachable")


@dataclass
class Time:
    """A clock and its sleepers: it moves when a test moves it."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    _sleepers: list[tuple[datetime, int, float, asyncio.Future[None]]] = field(default_factory=list)
    _count: int = 0

    async def sleep(self, delay: float, /) -> None:
        """As ``asyncio.sleep``."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        due = self.clock.now() + timedelta(seconds=delay)
        heapq.heappush(self._sleepers, (due, self._count, delay, done))
        await done

    def monotonic(self) -> float:
        """Seconds, by this time."""
        return self.clock.now().timestamp()

    async def until_asleep(self, most: float) -> None:
        """Wait until somebody sleeps for ``most`` seconds at most."""
        while not any(delay <= most and not done.done() for *_, delay, done in self._sleepers):
            await asyncio.sleep(0.0005)

    def wake_next(self) -> None:
        """Move to the moment at which the next one wakes."""
        self._sleepers = [one for one in self._sleepers if not one[3].done()]
        heapq.heapify(self._sleepers)
        due, _, _, done = heapq.heappop(self._sleepers)
        self.clock.at = max(self.clock.at, due)
        done.set_result(None)


class Peer:
    """A RIS's connection: blocking, with bytes as they are written and read."""

    def __init__(self, port: int, *, source: str = "", seconds: float = 10.0) -> None:
        where = (source, 0) if source else None
        self.socket = socket.create_connection(("127.0.0.1", port), seconds, where)
        self._rest = b""

    def send(self, raw: bytes) -> None:
        """Bytes as they are."""
        self.socket.sendall(raw)

    def ask(self, raw: bytes) -> bytes:
        """One message, and its acknowledgement."""
        self.send(framed(raw))
        return self.read()

    def read(self) -> bytes:
        """The next acknowledgement; ConnectionError where the other side ends before it."""
        while END not in self._rest:
            chunk = self.socket.recv(65_536)
            if not chunk:
                raise ConnectionError("the agent has closed the connection")
            self._rest += chunk
        content, _, self._rest = self._rest.partition(END)
        return content.lstrip(b"\x0b")

    def close(self) -> None:
        """End."""
        self.socket.close()

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
