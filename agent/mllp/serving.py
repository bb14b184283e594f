"""The message half of the agent, whole: listeners, desk, spool, delivery and status page."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from agent.mllp.desk import Desk
from agent.mllp.listener import Listener
from agent.spool.delivery import Delivery
from agent.spool.https_courier import HttpsCourier
from agent.spool.keeper import Keeper, free_bytes
from agent.spool.key import make_key, read_key
from agent.spool.line import Line
from agent.spool.store import NAME, Spool
from agent.status.board import (
    ListenerBoard,
    Snapshot,
    SpoolBoard,
    SpoolState,
    describe,
)
from agent.status.server import StatusServer
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.identity.sealing import NONCE_BYTES
from functions.drimbox.values import frozen
from functions.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from agent.mllp.desk import Sender
    from agent.mllp.settings import ListenerSettings
    from agent.spool.courier import Courier
    from agent.spool.delivery import Sleep
    from agent.spool.https_courier import Route
    from agent.spool.keeper import Room
    from agent.spool.line import LineState
    from agent.spool.store import Depth
    from agent.status.board import PacsState
    from agent.status.journal import Journal
    from agent.status.work import WorkState
    from functions.drimbox.ports import Clock

# Seconds that the status page waits for the facts.
_FACTS: Final = 5.0
_RANDOM: Final = secrets.SystemRandom()


@frozen
class MessageSettings:
    """The declared facts. ``folder`` is the spool's, None where nothing is kept (``mllp: relay``);
    ``key`` the file of its key. ``status_port``: None serves no page.
    """

    tenant: str
    zone: ZoneInfo
    route: Route
    listeners: tuple[ListenerSettings, ...]
    folder: Path | None
    key: Path
    room: Room
    status_port: int | None


@dataclass
class Surroundings:
    """The agent around the message half: ``declared`` are the senders of the last loan (None before
    any), ``pacs`` the archives' states, ``work`` that of the jobs (None without any). ``courier``
    stands in for HTTPS in tests.
    """

    clock: Clock
    journal: Journal
    declared: Callable[[], Collection[Sender] | None] = lambda: None
    pacs: Callable[[], Sequence[PacsState]] = tuple
    work: Callable[[], WorkState | None] = lambda: None
    courier: Courier | None = None
    sleep: Sleep = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic
    share: Callable[[], float] = _RANDOM.random


@dataclass
class Service:
    """The message half while it runs."""

    settings: MessageSettings
    around: Surroundings
    keeper: Keeper | None
    line: Line
    listeners: list[Listener] = field(default_factory=list)
    boards: list[ListenerBoard] = field(default_factory=list)
    spooled: SpoolBoard = field(init=False)
    status_port: int | None = None
    _https: HttpsCourier | None = None

    def __post_init__(self) -> None:
        self.spooled = SpoolBoard(self.around.journal)
        self.started_at = self.around.clock.now()

    async def depth(self) -> Depth | None:
        """How much waits, None where nothing is kept or the disk does not tell."""
        if self.keeper is None:
            return None
        try:
            return await self.keeper.depth()
        except StorageUnavailable:
            return None

    def free(self) -> int | None:
        """The free bytes of the spool's disk; None where nothing is kept, or nobody can tell."""
        folder = self.settings.folder
        try:
            return None if folder is None else free_bytes(folder)
        except OSError:
            return None

    async def facts(self) -> dict[str, Any]:
        """The facts of the status page."""
        room = self.settings.room
        return describe(
            Snapshot(
                version=VERSION,
                started_at=self.started_at,
                now=self.around.clock.now(),
                line=self.line,
                difference=self._https.difference if self._https else None,
                spool=SpoolState(
                    keeps=self.keeper is not None,
                    depth=await self.depth(),
                    free=self.free(),
                    patience=room.patience,
                    least_free=room.least_free,
                ),
                spooled=self.spooled,
                listeners=tuple(self.boards),
                pacs=tuple(self.around.pacs()),
                work=self.around.work(),
            )
        )

    def courier(self) -> Courier:
        """The way to the cloud."""
        if self.around.courier is not None:
            return self.around.courier
        self._https = HttpsCourier(self.settings.route, self.around.clock)
        return self._https

    async def close(self) -> None:
        """Take no message any more; those that are being answered are answered."""
        await asyncio.gather(*(listener.close() for listener in self.listeners))
        if self._https is not None:
            await self._https.close()
        if self.keeper is not None:
            await self.keeper.close()


async def serve(
    settings: MessageSettings,
    around: Surroundings,
    stop: asyncio.Event,
    ready: Callable[[Service], None] = lambda _service: None,
) -> None:
    """Serve until ``stop`` is set; ``ready`` hears of the service once every port listens.

    Raises ConfigurationError for a spool or a key that cannot be opened, OSError and ssl.SSLError
    for a port or certificates that cannot be used.
    """
    service = _opened(settings, around)
    asyncio.get_running_loop().set_exception_handler(_unheard(around.journal))
    courier = service.courier()
    tasks: list[asyncio.Task[None]] = []
    page: StatusServer | None = None
    try:
        if service.keeper is not None:
            delivery = Delivery(
                service.keeper,
                courier,
                service.line,
                around.clock,
                around.sleep,
                around.share,
                around.monotonic,
                service.spooled,
            )
            tasks.append(asyncio.create_task(delivery.run(), name="delivery"))
        await _listen(service, courier)
        page = _page(service)
        ready(service)
        around.journal.event("serving", version=VERSION, count=len(service.listeners))
        ended = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait({ended, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        for task in done - {ended}:
            task.result()  # a delivery never ends but by an error
    finally:
        if page is not None:
            await asyncio.to_thread(page.stop)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await service.close()
        around.journal.event("stopped")


def _opened(settings: MessageSettings, around: Surroundings) -> Service:
    keeper = None
    if settings.folder is not None:
        if settings.key.exists() and not (settings.folder / NAME).exists():
            # Somebody has taken the messages away, or a first start has died.
            around.journal.event("spool begun anew")
        spool = Spool(
            settings.folder,
            lambda is_new: spool_key(settings.key, is_new=is_new),
            lambda: secrets.token_bytes(NONCE_BYTES),
        )
        folder = settings.folder
        keeper = Keeper(
            spool, settings.room, lambda: free_bytes(folder), around.clock, around.monotonic
        )
    return Service(settings, around, keeper, Line(around.clock, _turned(around.journal)))


def spool_key(path: Path, *, is_new: bool) -> bytes:
    """The spool's key; made once, for a new spool that has none. Raises ConfigurationError."""
    return make_key(path) if is_new and not path.exists() else read_key(path)


def _unheard(journal: Journal) -> Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]:
    """A fault that nobody awaits is told without its text, which asyncio would print."""

    def tell(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            journal.fault(error)
        else:
            journal.event("fault", code="asyncio")

    return tell


def _turned(journal: Journal) -> Callable[[LineState, str], None]:
    return lambda state, cause: journal.event("gateway", state=str(state), cause=cause)


async def _listen(service: Service, courier: Courier) -> None:
    settings, around = service.settings, service.around
    desk = Desk(
        settings.tenant,
        settings.zone,
        courier,
        service.line,
        around.clock,
        service.keeper,
        around.declared,
        around.journal.fault,
    )
    large = asyncio.Semaphore(1)
    for one in settings.listeners:
        board = ListenerBoard(one.name, around.clock, around.journal)
        listener = Listener(one, desk, board, large)
        board.port = await listener.open()
        service.listeners.append(listener)
        service.boards.append(board)
        around.journal.event("listening", listener=one.name, port=board.port)


def _page(service: Service) -> StatusServer | None:
    port = service.settings.status_port
    if port is None:
        return None
    loop = asyncio.get_running_loop()

    def facts() -> dict[str, Any]:
        return asyncio.run_coroutine_threadsafe(service.facts(), loop).result(_FACTS)

    page = StatusServer(port, facts)
    service.status_port = page.port
    page.start()
    return page
