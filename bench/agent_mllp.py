"""Durable acknowledgements of the site's agent, beside the disk's own rate of fsync.

The agent is a process of its own; its cloud is away, so that each message is read, sealed, and on
the disk before its AA. ``python -m bench.agent_mllp FOLDER PORT`` is that process.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from ipaddress import ip_network
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from agent.mllp.framing import END, framed
from agent.mllp.serving import MessageSettings, Surroundings, serve
from agent.mllp.settings import ListenerSettings
from agent.spool.courier import Away, Outcome
from agent.spool.https_courier import Route
from agent.spool.keeper import Room
from agent.status.journal import Journal
from bench.figures import Figure, NotMeasured, at_least, at_most
from functions.drimbox.tls import tls_context
from infra.demo.layout import ROOT
from simulators.ris.cases import CASES
from simulators.ris.messages import DEFAULT_SENDER, message

SHARE: Final = 0.5
CONNECTIONS: Final = 4
MESSAGES: Final = 800
WARM_UP: Final = 40
_IDLE_MB: Final = 80.0
_START_SECONDS: Final = 20.0


class Clock:
    """The machine's."""

    def now(self) -> datetime:
        """The present."""
        return datetime.now(UTC)


class Gone:
    """A cloud that is away."""

    async def carry(
        self,
        raw: bytes,  # noqa: ARG002
        control_id: str,  # noqa: ARG002
        *,
        accepted_at: datetime | None,  # noqa: ARG002
        within: float,  # noqa: ARG002
    ) -> Outcome:
        """See ``Courier``."""
        return Away("unreachable")


def measure(home: Path) -> Iterator[Figure]:
    """The figures. NotMeasured where the agent does not start."""
    folder = home / "agent-mllp"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    raws = [_report(number) for number in range(2 * MESSAGES + WARM_UP)]
    size = len(raws[0])
    before = fsyncs(folder, size)
    with _agent(folder) as (port, pid):
        idle = _resident(pid)
        _sent(port, raws[:WARM_UP])
        one = MESSAGES / _seconds(port, [raws[WARM_UP : WARM_UP + MESSAGES]])
        rest = raws[WARM_UP + MESSAGES :]
        lanes = [rest[at::CONNECTIONS] for at in range(CONNECTIONS)]
        several = MESSAGES / _seconds(port, lanes)
    fsync = (before + fsyncs(folder, size)) / 2
    yield Figure(f"fsync of this disk, {size / 1000:.0f} kB each", f"{fsync:.0f} a second")
    note = f"a second, {several / fsync:.2f} of fsync"
    yield Figure("MLLP: durable AA, one connection", f"{one:.0f} a second, {one / fsync:.2f}")
    yield at_least(f"MLLP: durable AA, {CONNECTIONS} connections", several, SHARE * fsync, "", note)
    yield at_most("agent's messages, idle", idle / 1e6, _IDLE_MB, "MB")


def fsyncs(folder: Path, size: int, count: int = 300) -> float:
    """How often a second ``size`` bytes can be appended to a file of the folder and be durable."""
    path = folder / "fsync"
    content = os.urandom(size)
    with path.open("wb", buffering=0) as file:
        begun = time.perf_counter()
        for _ in range(count):
            file.write(content)
            os.fsync(file.fileno())
        took = time.perf_counter() - begun
    path.unlink()
    return count / took


def _report(number: int) -> bytes:
    return message(CASES["C"].fresh(str(number)), control_id=f"B{number}", at=datetime.now(UTC))


def _seconds(port: int, lanes: Sequence[Sequence[bytes]]) -> float:
    with ThreadPoolExecutor(len(lanes)) as threads:
        begun = time.perf_counter()
        for _ in threads.map(lambda raws: _sent(port, raws), lanes):
            pass
        return time.perf_counter() - begun


def _sent(port: int, raws: Sequence[bytes]) -> None:
    """Send each message after the answer to the one before. NotMeasured for any but AA."""
    with socket.create_connection(("127.0.0.1", port), 30) as ris:
        for raw in raws:
            ris.sendall(framed(raw))
            answer = b""
            while not answer.endswith(END):
                answer += ris.recv(65_536) or END
            if b"MSA|AA|" not in answer:
                raise NotMeasured("the agent does not accept the message")


@contextmanager
def _agent(folder: Path) -> Iterator[tuple[int, int]]:
    """The agent's port and process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.agent_mllp", str(folder), str(port)], cwd=ROOT
    )
    try:
        end = time.monotonic() + _START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if time.monotonic() > end or process.poll() is not None:
                    raise NotMeasured("the agent does not start") from None
                time.sleep(0.05)
        time.sleep(0.5)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(_START_SECONDS)


def _resident(pid: int) -> int:
    """Bytes of memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def main(arguments: Sequence[str]) -> int:
    """The agent, until it is killed."""
    folder, port = Path(arguments[0]), int(arguments[1])
    listener = ListenerSettings(
        "ris", "127.0.0.1", port, (ip_network("127.0.0.1"),), frozenset({DEFAULT_SENDER})
    )
    settings = MessageSettings(
        tenant="demo",
        zone=ZoneInfo("Europe/Paris"),
        route=Route("https://127.0.0.1", lambda: tls_context(""), lambda: tls_context("")),
        listeners=(listener,),
        folder=folder / "spool",
        key=folder / "spool.key",
        room=Room(timedelta(days=4)),
        status_port=None,
    )
    around = Surroundings(Clock(), Journal(StringIO(), Clock()), courier=Gone())
    asyncio.run(serve(settings, around, asyncio.Event()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
