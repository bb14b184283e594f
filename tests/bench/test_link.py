"""The link emulator: its times exactly, on a virtual clock; over sockets that all bytes arrive, and
none too early."""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.figures import NotMeasured
from bench.link import CHUNK, MBIT, RTT_MS, Wire, carry, linked, linked_all, main

RATE = MBIT * 1e6
MEGABYTE = 2**20

Handler = Callable[[socket.socket], None]


@contextlib.contextmanager
def server(handle: Handler) -> Iterator[tuple[str, int]]:
    """A server in a thread of its own for each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=served, args=(connection,), daemon=True).start()

        def served(connection: socket.socket) -> None:
            with contextlib.suppress(OSError), connection:
                handle(connection)

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[:2]
        listener.shutdown(socket.SHUT_RDWR)


def dial(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def echo(connection: socket.socket) -> None:
    while data := connection.recv(65536):
        connection.sendall(data)


def until(connection: socket.socket) -> bytes:
    """Everything up to the end."""
    parts = []
    while data := connection.recv(65536):
        parts.append(data)
    return b"".join(parts)


# ---- the arithmetic


@given(st.lists(st.tuples(st.integers(1, 65536), st.floats(0, 0.01)), min_size=1, max_size=60))
def test_bytes_arrive_in_order_late_by_the_delay_and_never_above_the_rate(
    sent: list[tuple[int, float]],
) -> None:
    wire = Wire(0.02, RATE)
    now, arrivals, total = 0.0, [], 0
    for size, pause in sent:
        now += pause
        arrivals.append(wire.send(size, now))
        total += size
        assert arrivals[-1] >= now + 0.02 + size * 8 / RATE - 1e-9
    assert arrivals == sorted(arrivals)
    assert arrivals[-1] >= total * 8 / RATE + 0.02 - 1e-9


def test_a_full_wire_takes_its_time_and_an_idle_one_keeps_nothing_for_later() -> None:
    wire = Wire(0.02, RATE)
    last = [wire.send(17500, 0.0) for _ in range(1000)][-1]
    assert last == pytest.approx(1.0 + 0.02)
    assert wire.send(17500, 5.0) == pytest.approx(5.0 + 0.001 + 0.02)
    assert wire.wait(5.0) == 0.0
    [wire.send(17500, 5.0) for _ in range(100)]
    assert wire.wait(5.0) == pytest.approx(0.101 - 0.02)


# ---- one direction, on a virtual clock


class Instant(selectors.SelectSelector):
    """Nobody waits: the clock goes on by the time for which the loop would have slept."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "nothing will ever happen"
        self.now += timeout
        return super().select(0)


class Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.instant = Instant()
        super().__init__(self.instant)

    def time(self) -> float:
        return self.instant.now


@dataclass
class Source:
    """Stands for the sender's stream: it has ``left`` bytes at once."""

    left: int

    async def read(self, most: int) -> bytes:
        taken = min(most, self.left)
        self.left -= taken
        return bytes(taken)


@dataclass
class Sink:
    """Stands for the receiver's stream: it notes when each byte came, and takes more at will."""

    reads: asyncio.Event
    arrived: list[tuple[float, int]] = field(default_factory=list)
    ended: bool = False

    def write(self, data: bytes) -> None:
        self.arrived.append((asyncio.get_running_loop().time(), len(data)))

    async def drain(self) -> None:
        await self.reads.wait()

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.ended = True


def carried(source: Source, *, silent_for: float = 0.0) -> tuple[Sink, int]:
    """The receiver's notes, and the bytes that the sender had got rid of before it read any."""

    async def play() -> tuple[Sink, int]:
        clock, sink = asyncio.get_running_loop().time, Sink(asyncio.Event())
        size, wire = source.left, Wire(RTT_MS / 2000, RATE)
        near: Any = source
        far: Any = sink
        carrying = asyncio.create_task(carry(wire, near, far, 1.0, clock))
        await asyncio.sleep(silent_for)
        taken = size - source.left
        sink.reads.set()
        await carrying
        return sink, taken

    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(play())


def test_the_rate_and_the_delay_are_those_of_the_wire() -> None:
    size = 4 * MEGABYTE
    sink, _ = carried(Source(size))
    assert sink.ended
    total = 0
    for at, came in sink.arrived:
        total += came
        assert at == pytest.approx(1.0 + total * 8 / RATE + RTT_MS / 2000)
    assert total == size


def test_a_receiver_that_does_not_read_stops_the_sender() -> None:
    size = 64 * MEGABYTE
    sink, taken = carried(Source(size), silent_for=3600.0)
    # A round trip's worth of the rate, and the chunks in the hands of both ends.
    assert 0 < taken <= (RTT_MS / 2000 + 0.02) * RATE / 8 + 4 * CHUNK
    assert sink.ended
    assert sum(came for _, came in sink.arrived) == size


# ---- the sockets


def test_a_round_trip_takes_its_time() -> None:
    with server(echo) as target, linked(target) as port, dial(port) as connection:
        begun = time.perf_counter()
        connection.sendall(b"x")
        assert connection.recv(1) == b"x"
        assert time.perf_counter() - begun >= RTT_MS / 1000 - 0.001


def test_a_new_connection_costs_one_round_trip_more() -> None:
    with server(echo) as target, linked(target) as port:
        begun = time.perf_counter()
        with dial(port) as connection:
            connection.sendall(b"x")
            assert connection.recv(1) == b"x"
        assert time.perf_counter() - begun >= 2 * RTT_MS / 1000 - 0.001


@pytest.mark.parametrize("upwards", [True, False])
def test_all_bytes_arrive_and_never_faster_than_the_rate(upwards: bool) -> None:
    size = 4 * MEGABYTE

    def handle(connection: socket.socket) -> None:
        if upwards:
            connection.sendall(str(len(until(connection))).encode())
        else:
            connection.sendall(bytes(size))

    with server(handle) as target, linked(target) as port:
        begun = time.perf_counter()
        with dial(port) as connection:
            if upwards:
                connection.sendall(bytes(size))
                connection.shutdown(socket.SHUT_WR)
            received = until(connection)
        spent = time.perf_counter() - begun
    assert received == (str(size).encode() if upwards else bytes(size))
    assert spent >= size * 8 / RATE


def test_many_connections_share_the_rate() -> None:
    size, many = MEGABYTE // 2, 8
    got: list[int] = []

    def handle(connection: socket.socket) -> None:
        connection.sendall(bytes(size))

    with server(handle) as target, linked(target) as port:

        def fetch() -> None:
            with dial(port) as connection:
                got.append(len(until(connection)))

        threads = [threading.Thread(target=fetch) for _ in range(many)]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        spent = time.perf_counter() - begun
    assert got == [size] * many
    assert spent >= size * many * 8 / RATE


def test_several_servers_share_the_rate() -> None:
    size = 2 * MEGABYTE
    got: list[int] = []

    def handle(connection: socket.socket) -> None:
        connection.sendall(bytes(size))

    def fetch(port: int) -> None:
        with dial(port) as connection:
            got.append(len(until(connection)))

    with server(handle) as one, server(handle) as other, linked_all([one, other]) as ports:
        threads = [threading.Thread(target=fetch, args=(port,)) for port in ports]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        spent = time.perf_counter() - begun
    assert got == [size, size]
    assert spent >= 2 * size * 8 / RATE


def test_ends_and_breaks_reach_the_other_side() -> None:
    seen: list[bytes] = []
    over = threading.Event()

    def handle(connection: socket.socket) -> None:
        try:
            seen.append(until(connection))
            connection.sendall(b"thanks")
        finally:
            over.set()

    with server(handle) as target, linked(target) as port:
        with dial(port) as connection:
            connection.sendall(b"all of it")
            connection.shutdown(socket.SHUT_WR)
            assert until(connection) == b"thanks"
        assert seen == [b"all of it"]
        over.clear()
        broken = dial(port)
        broken.sendall(b"part")
        # A reset, not an end.
        broken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        broken.close()
        assert over.wait(30)


def test_without_a_server_the_connection_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = taken.getsockname()[:2]
    with linked(nobody) as port, dial(port) as connection, contextlib.suppress(ConnectionError):
        assert connection.recv(1) == b""


def test_a_taken_port_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["--to", "127.0.0.1:1", "--port", port]) == 1
    assert "in use" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--to", "nowhere"])


def test_an_emulator_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.link.sys.executable", "/bin/true")
    with pytest.raises(NotMeasured), linked(("127.0.0.1", 1)):
        pass
