"""A long link between a browser and the server, in user space: a TCP proxy with delay and rate.

``python -m bench.link --to 127.0.0.1:8443 --port 9443`` behaves as a link of 40 ms and 140 Mbit/s:
each direction has one queue that all connections share, those to several servers too, and a byte
arrives half a round trip after it has left the queue. A new connection costs a round trip before
its first byte, as a handshake does. A receiver that does not read stops its sender, as TCP does.
Loss and slow start are not emulated.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from bench.figures import NotMeasured
from infra.demo.layout import ROOT

RTT_MS: Final = 40.0
MBIT: Final = 140.0
# Of one connection and direction, beyond what the wire itself holds: 1.9 ms of it. Half as much
# would cost twice the CPU, which the browser needs.
CHUNK: Final = 32 * 1024
_BUFFER_SECONDS: Final = 0.02
_START_SECONDS: Final = 20
_BITS: Final = 8


@dataclass
class Wire:
    """One direction of the link. Times are seconds of one monotonic clock."""

    delay: float
    bits_per_second: float
    free_at: float = 0.0

    def send(self, size: int, at: float) -> float:
        """When ``size`` bytes that are there ``at`` have arrived, after those that came before."""
        self.free_at = max(at, self.free_at) + size * _BITS / self.bits_per_second
        return self.free_at + self.delay

    def wait(self, now: float) -> float:
        """How long the next sender must wait until the queue before the wire is short again."""
        return max(0.0, self.free_at - now - _BUFFER_SECONDS)


class Link:
    """Proxies connections over two wires that they share."""

    def __init__(self, rtt: float, bits_per_second: float) -> None:
        self._rtt = rtt
        self._up = Wire(rtt / 2, bits_per_second)
        self._down = Wire(rtt / 2, bits_per_second)

    async def connected(
        self,
        target: tuple[str, int],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Serve one connection to ``target`` until both directions have ended, or one breaks."""
        clock = asyncio.get_running_loop().time
        opens_at = clock() + self._rtt
        try:
            far_reader, far_writer = await asyncio.open_connection(*target)
        except OSError:
            writer.transport.abort()
            return
        for one in (writer, far_writer):
            _small_buffers(one)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(carry(self._up, reader, far_writer, opens_at, clock))
                both.create_task(carry(self._down, far_reader, writer, opens_at, clock))
        except* OSError:
            for one in (writer, far_writer):
                one.transport.abort()
        finally:
            for one in (writer, far_writer):
                one.close()


def _small_buffers(writer: asyncio.StreamWriter) -> None:
    """A receiver that does not read is noticed soon."""
    writer.transport.set_write_buffer_limits(high=CHUNK)
    own: socket.socket = writer.get_extra_info("socket")
    own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


async def carry(
    wire: Wire,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    opens_at: float,
    clock: Callable[[], float],
) -> None:
    """Carry one direction: every chunk is written when it has arrived, then the end.

    At most a round trip's worth of chunks is on the way: a writer that is full stops the reader.
    """
    underway: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(
        max(4, int((wire.delay + _BUFFER_SECONDS) * wire.bits_per_second / _BITS / CHUNK) + 1)
    )

    async def deliver() -> None:
        while True:
            arrives_at, chunk = await underway.get()
            await asyncio.sleep(max(0.0, arrives_at - clock()))
            if not chunk:
                if writer.can_write_eof():
                    writer.write_eof()
                return
            writer.write(chunk)
            await writer.drain()

    async def fetch() -> None:
        chunk = b"-"
        while chunk:
            chunk = await reader.read(CHUNK)
            await underway.put((wire.send(len(chunk), max(clock(), opens_at)), chunk))
            await asyncio.sleep(wire.wait(clock()))

    # When one of them breaks the other one ends too, whatever it waits for.
    async with asyncio.TaskGroup() as both:
        both.create_task(fetch())
        both.create_task(deliver())


async def serve(
    targets: Sequence[tuple[str, int]], port: int, rtt: float, bits_per_second: float
) -> None:
    """Listen on 127.0.0.1 for each target, print the ports, and stay; ``port`` is the first's."""
    link = Link(rtt, bits_per_second)
    servers = [
        await asyncio.start_server(
            partial(link.connected, target), "127.0.0.1", 0 if at else port, limit=CHUNK
        )
        for at, target in enumerate(targets)
    ]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


@contextmanager
def linked(target: tuple[str, int], rtt_ms: float = RTT_MS, mbit: float = MBIT) -> Iterator[int]:
    """The port of a link to ``target`` in a process of its own; NotMeasured if it cannot start."""
    with linked_all([target], rtt_ms, mbit) as (port,):
        yield port


@contextmanager
def linked_all(
    targets: Sequence[tuple[str, int]], rtt_ms: float = RTT_MS, mbit: float = MBIT
) -> Iterator[tuple[int, ...]]:
    """The ports of one link to several servers, which share its rate. NotMeasured as above."""
    to = [part for host, port in targets for part in ("--to", f"{host}:{port}")]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "bench.link", *to),
            *("--rtt-ms", str(rtt_ms), "--mbit", str(mbit)),
        ],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None  # noqa: S101  # a pipe was asked for
        found = process.stdout.readline().split()
        if len(found) != len(targets) or not all(one.isdecimal() for one in found):
            raise NotMeasured("the link emulator does not start")
        yield tuple(map(int, found))
    finally:
        process.terminate()
        process.wait(_START_SECONDS)
        if process.stdout is not None:
            process.stdout.close()


def main(arguments: Sequence[str]) -> int:
    """Command line; 1 when the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m bench.link", description=__doc__)
    parser.add_argument("--to", required=True, action="append", type=_address, metavar="HOST:PORT")
    parser.add_argument("--port", type=int, default=0, help="of the first; 0 for any free one")
    parser.add_argument("--rtt-ms", type=float, default=RTT_MS)
    parser.add_argument("--mbit", type=float, default=MBIT)
    options = parser.parse_args(arguments)
    with contextlib.suppress(KeyboardInterrupt):
        try:
            asyncio.run(
                serve(options.to, options.port, options.rtt_ms / 1000, options.mbit * 1_000_000)
            )
        except OSError as error:
            print(error.strerror, file=sys.stderr)
            return 1
    return 0


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not (host and colon and port.isdecimal()):
        raise argparse.ArgumentTypeError("HOST:PORT is expected")
    return host, int(port)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
