"""A real agent that dies on purpose: ``python -m tests.agent.victim FOLDER PORT PORT CLOUD KILLS``.

KILLS are the ends of its lives, separated by commas: ``s12`` is SIGKILL at the twelfth step of that
life, ``t0.013`` after so many seconds. A step stands before and after each thing that the agent
does with its spool or the cloud, within its transactions, and between its decision and its answer.
After the last one it lives until SIGTERM, as its supervisor does.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from ipaddress import ip_network
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

from agent.mllp import serving
from agent.mllp.desk import Answer
from agent.mllp.serving import MessageSettings, Surroundings, serve
from agent.mllp.settings import ListenerSettings
from agent.spool.courier import Outcome
from agent.spool.https_courier import HttpsCourier, Route
from agent.spool.keeper import Room
from agent.spool.store import Entry, Head, Kept, Spool, Stored
from agent.status.board import ListenerBoard
from agent.status.journal import Journal

# Pauses between tries are so many times shorter than a site's.
HURRY = 1_000
SENDERS = frozenset({("DRIM_RIS", "AMBROISE"), ("AUTRE_RIS", "AMBROISE")})


class Clock:
    """The machine's."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Life:
    """Counts the steps of one life, and ends it."""

    def __init__(self, end: str) -> None:
        self._last = int(end[1:]) if end.startswith("s") else 0
        self._steps = count(1)
        if end.startswith("t"):
            timer = threading.Timer(float(end[1:]), self.end)
            timer.daemon = True
            timer.start()

    def step(self) -> None:
        if next(self._steps) == self._last:
            self.end()

    @staticmethod
    def end() -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def mortal(life: Life) -> None:
    """Put the steps into the agent of this process."""

    def around(work: Callable[[], Any]) -> Any:
        life.step()
        done = work()
        life.step()
        return done

    class MortalSpool(Spool):
        def put(self, entries: Sequence[Entry]) -> list[Kept]:
            return around(lambda: Spool.put(self, entries))  # type: ignore[no-any-return]

        def _put(self, entry: Entry) -> tuple[Kept, bool]:
            return around(lambda: Spool._put(self, entry))  # type: ignore[no-any-return]

        def load(self, number: int) -> Stored | None:
            return around(lambda: Spool.load(self, number))  # type: ignore[no-any-return]

        def remove(self, head: Head) -> None:
            around(lambda: Spool.remove(self, head))

    class MortalBoard(ListenerBoard):
        def answered(self, answer: Answer) -> None:
            around(lambda: ListenerBoard.answered(self, answer))

    vars(serving).update(Spool=MortalSpool, ListenerBoard=MortalBoard)


class MortalCourier(HttpsCourier):
    """Real HTTP, with a step before the request and one after the answer."""

    life: Life

    async def carry(
        self, raw: bytes, control_id: str, *, accepted_at: datetime | None, within: float
    ) -> Outcome:
        self.life.step()
        outcome = await super().carry(raw, control_id, accepted_at=accepted_at, within=within)
        self.life.step()
        return outcome


def no_context() -> Any:
    """The test's cloud speaks plain HTTP."""
    return True


def live(folder: Path, ports: tuple[int, int], cloud: str, end: str) -> None:
    """One life. ``ports`` are those of the listener and of the status page."""
    life = Life(end)
    mortal(life)
    clock = Clock()
    courier = MortalCourier(Route(cloud, no_context, no_context), clock)
    courier.life = life
    settings = MessageSettings(
        tenant="demo",
        zone=ZoneInfo("Europe/Paris"),
        route=Route(cloud, no_context, no_context),
        listeners=(
            ListenerSettings("ris", "127.0.0.1", ports[0], (ip_network("127.0.0.1"),), SENDERS),
        ),
        folder=folder / "spool",
        key=folder / "spool.key",
        room=Room(timedelta(days=4 * HURRY)),
        status_port=ports[1],
    )

    async def whole() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        around = Surroundings(
            clock,
            Journal(StringIO(), clock),
            courier=courier,
            sleep=lambda delay: asyncio.sleep(delay / HURRY),
            monotonic=lambda: time.monotonic() * HURRY,
        )
        await serve(settings, around, stop)

    asyncio.run(whole())


def main(arguments: Sequence[str]) -> int:
    """Supervise one life after the other; 0 once the last one has ended in peace."""
    folder, cloud = Path(arguments[0]), arguments[3]
    ports = int(arguments[1]), int(arguments[2])
    ends = [one for one in arguments[4].split(",") if one]
    if len(arguments) > 5:  # the largest file, in bytes
        limit = int(arguments[5])
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    child = 0

    def end(_signal: int, _frame: FrameType | None) -> None:
        os.kill(child, signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)
    while True:
        child = os.fork()
        if not child:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            try:
                live(folder, ports, cloud, ends[0] if ends else "")
            except BaseException as error:  # noqa: BLE001  # the child tells it, and ends
                print(repr(error), file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
            return os.waitstatus_to_exitcode(status)
        del ends[:1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
