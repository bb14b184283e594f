"""The listener over real sockets: order, noise, limits, slow and idle peers, addresses, TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from agent.mllp.desk import Answer, Sender
from agent.mllp.framing import END, START, framed
from agent.mllp.listener import LARGE, Listener
from agent.mllp.settings import ListenerSettings, ServerTls
from agent.status.board import ListenerBoard
from simulators import pki
from tests.agent.scenes import ADMITTED, Peer
from tests.agent.status.scenes import silent
from tests.fakes.memory import VirtualClock

LOCAL = ListenerSettings(
    name="ris", host="127.0.0.1", port=0, networks=(ip_network("127.0.0.1"),), senders=ADMITTED
)


class Echo:
    """A desk that gives each message back, after ``pause`` seconds."""

    def __init__(self, pause: float = 0.0) -> None:
        self.pause = pause
        self.busy = self.most = 0
        self.seen: list[Collection[Sender]] = []

    async def answer(self, raw: bytes, admitted: Collection[Sender]) -> Answer | None:
        self.seen.append(admitted)
        self.busy += 1
        self.most = max(self.most, self.busy)
        await asyncio.sleep(self.pause)
        self.busy -= 1
        return Answer(raw, "AA", "cloud") if raw.startswith(b"MSH") else None

    def too_large(self, head: bytes) -> Answer | None:
        return Answer(b"MSH|too large", "AE", "site") if head.startswith(b"MSH") else None


class Scene:
    """A listener on a free port, for peers in threads."""

    def __init__(self, settings: ListenerSettings = LOCAL, desk: Any = None) -> None:
        self.board = ListenerBoard("ris", VirtualClock(), silent())
        self.desk: Any = desk or Echo()
        self.settings = settings

    def play(self, *peers: Callable[[int], Any], close: float = 0.0) -> list[Any]:
        """The result of each peer, which gets the port; all of them at once."""

        async def whole() -> list[Any]:
            listener = Listener(self.settings, self.desk, self.board, asyncio.Semaphore(1))
            port = await listener.open()
            loop = asyncio.get_running_loop()
            with ThreadPoolExecutor(len(peers)) as threads:
                work: list[Awaitable[Any]] = [
                    loop.run_in_executor(threads, peer, port) for peer in peers
                ]
                if close:
                    await asyncio.sleep(close)
                    await listener.close(grace=0.2)
                found = await asyncio.gather(*work)
            await listener.close(grace=0.2)
            await listener.close()
            return found

        return asyncio.run(whole())


def asks(*raws: bytes) -> Callable[[int], list[bytes]]:
    """A peer that sends one message after the other, and gives the answers."""

    def peer(port: int) -> list[bytes]:
        with Peer(port) as ris:
            return [ris.ask(raw) for raw in raws]

    return peer


def until_left(send: Callable[[], None], pause: float = 0.0) -> str:
    """Send again and again until the agent has ended the connection."""
    for _ in range(200):
        try:
            send()
        except OSError:
            return "left"
        time.sleep(pause)
    return "still there"


def test_messages_of_a_connection_are_answered_in_their_order() -> None:
    scene = Scene()
    raws = [b"MSH|%d" % n for n in range(50)]
    assert scene.play(asks(*raws)) == [raws]
    assert scene.board.answers == {("cloud", "AA"): 50}
    assert scene.board.connections == 0
    assert scene.desk.seen == [ADMITTED] * 50


def test_several_frames_in_one_write_with_noise_between_them_all_get_an_answer() -> None:
    def peer(port: int) -> list[bytes]:
        with Peer(port) as ris:
            ris.send(b"\r\n" + b"\r\n \n".join(framed(b"MSH|%d" % n) for n in range(3)) + b"\r\n")
            return [ris.read() for _ in range(3)]

    assert Scene().play(peer) == [[b"MSH|0", b"MSH|1", b"MSH|2"]]


def test_a_frame_that_comes_byte_by_byte_is_whole() -> None:
    def peer(port: int) -> bytes:
        with Peer(port) as ris:
            for byte in framed(b"MSH|slow"):
                ris.send(bytes([byte]))
                time.sleep(0.001)
            return ris.read()

    assert Scene().play(peer) == [b"MSH|slow"]


def test_bytes_that_are_no_message_end_the_connection() -> None:
    def peer(port: int) -> str:
        with Peer(port) as ris, pytest.raises((ConnectionError, OSError)):
            ris.ask(b"hello")
        return "left"

    scene = Scene()
    assert scene.play(peer) == ["left"]
    assert scene.board.left == {"not_hl7": 1}


def test_a_message_above_the_limit_is_refused_and_the_next_one_taken() -> None:
    scene = Scene(replace(LOCAL, max_bytes=100_000))
    assert scene.play(asks(b"MSH|" + b"x" * 300_000, b"MSH|good")) == [
        [b"MSH|too large", b"MSH|good"]
    ]


def test_only_declared_addresses_may_speak() -> None:
    def stranger(port: int) -> str:
        with pytest.raises((ConnectionError, OSError)), Peer(port, source="127.0.0.2") as ris:
            ris.ask(b"MSH|1")
        return "left"

    scene = Scene()
    assert scene.play(stranger) == ["left"]
    assert scene.board.left == {"address": 1}
    wider = Scene(replace(LOCAL, networks=(ip_network("127.0.0.0/8"),)))

    def other(port: int) -> bytes:
        with Peer(port, source="127.0.0.2") as ris:
            return ris.ask(b"MSH|1")

    assert wider.play(other) == [b"MSH|1"]


def test_more_connections_than_permitted_are_left() -> None:
    def holds(port: int) -> bytes:
        with Peer(port) as ris:
            time.sleep(0.3)
            return ris.ask(b"MSH|1")

    def late(port: int) -> str:
        time.sleep(0.1)
        with pytest.raises((ConnectionError, OSError)), Peer(port) as ris:
            ris.ask(b"MSH|1")
        return "left"

    scene = Scene(replace(LOCAL, connections=2))
    assert scene.play(holds, holds, late) == [b"MSH|1", b"MSH|1", "left"]
    assert scene.board.left == {"connections": 1}


@pytest.mark.parametrize(("begins", "why"), [(b"", "idle"), (START + b"MSH|half", "slow")])
def test_a_peer_that_says_nothing_more_is_left(begins: bytes, why: str) -> None:
    def peer(port: int) -> float:
        with Peer(port) as ris:
            ris.send(begins)
            began = time.monotonic()
            with pytest.raises((ConnectionError, OSError)):
                ris.read()
            return time.monotonic() - began

    scene = Scene(replace(LOCAL, idle=0.2, whole=0.2))
    (waited,) = scene.play(peer)
    assert 0.15 < waited < 5
    assert scene.board.left == {why: 1}


def test_a_message_that_trickles_in_has_an_end() -> None:
    def peer(port: int) -> str:
        with Peer(port) as ris:
            ris.send(START + b"MSH|")
            return until_left(lambda: ris.send(b"x"), pause=0.02)

    scene = Scene(replace(LOCAL, whole=0.3))
    assert scene.play(peer) == ["left"]
    assert scene.board.left == {"slow": 1}


def test_the_time_of_a_message_begins_with_it_not_with_the_connection() -> None:
    def peer(port: int) -> bytes:
        with Peer(port) as ris:
            for n in range(4):
                ris.send(framed(b"MSH|%d" % n))
                ris.read()
                time.sleep(0.15)
            ris.send(START + b"MSH|la")
            time.sleep(0.15)
            ris.send(b"st" + END)
            return ris.read()

    assert Scene(replace(LOCAL, whole=0.4)).play(peer) == [b"MSH|last"]


def test_a_peer_that_takes_no_answer_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.mllp.listener.TAKEN", 0.3)

    def peer(port: int) -> str:
        with Peer(port, seconds=1.0) as ris:
            return until_left(lambda: ris.send(framed(b"MSH|" + b"x" * 1_000_000)))

    scene = Scene()
    assert scene.play(peer) == ["left"]
    assert scene.board.left == {"slow": 1}


def test_one_large_message_is_held_at_a_time_and_the_others_come_after_it() -> None:
    large = b"MSH|" + b"x" * (LARGE + 1_000_000)
    scene = Scene(desk=Echo(pause=0.2))
    assert scene.play(asks(large), asks(large), asks(b"MSH|1")) == [[large], [large], [b"MSH|1"]]
    assert scene.desk.most <= 2, "one large message and the small one"


def test_waiting_for_a_turn_is_no_slowness() -> None:
    large = b"MSH|" + b"x" * (LARGE + 1_000_000)
    scene = Scene(replace(LOCAL, whole=1.0), Echo(pause=1.2))
    assert scene.play(asks(large), asks(large)) == [[large], [large]]
    assert not scene.board.left


def test_a_message_that_is_being_answered_at_the_end_is_answered() -> None:
    scene = Scene(desk=Echo(pause=0.15))
    assert scene.play(asks(b"MSH|1"), close=0.05) == [[b"MSH|1"]]


def test_an_idle_connection_does_not_keep_the_agent_up() -> None:
    def peer(port: int) -> str:
        with Peer(port) as ris, pytest.raises((ConnectionError, OSError)):
            ris.read()
        return "left"

    assert Scene().play(peer, close=0.05) == ["left"]


def test_a_peer_that_resets_the_connection_harms_nobody() -> None:
    def peer(port: int) -> str:
        with Peer(port) as ris:
            ris.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            ris.send(START + b"MSH|half")
        return "reset"

    scene = Scene()
    assert scene.play(peer, asks(b"MSH|1")) == ["reset", [b"MSH|1"]]
    assert scene.board.connections == 0
    assert not scene.board.left


def over_tls(port: int, authority: str, client: tuple[Path, Path] | None) -> bytes:
    context = ssl.create_default_context(cadata=authority)
    if client:
        context.load_cert_chain(*client)
    with Peer(port) as ris:
        ris.socket = context.wrap_socket(ris.socket, server_hostname="127.0.0.1")
        return ris.ask(b"MSH|1")


def test_tls_and_the_senders_own_certificate(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    authority = pki.Authority.create(now)
    root = authority.root.certificate_pem
    for name, profile in (("server", pki.SERVER), ("client", pki.CLIENT)):
        issued = authority.issue(f"CN={name}", profile, now, hosts=("127.0.0.1",))
        (tmp_path / f"{name}.pem").write_text(issued.certificate_pem)
        (tmp_path / f"{name}.key").write_text(issued.key_pem)
    (tmp_path / "ca.pem").write_text(root)

    def path(name: str) -> str:
        return str(tmp_path / name)

    client = (tmp_path / "client.pem", tmp_path / "client.key")
    one_sided = ServerTls(path("server.pem"), path("server.key"))
    mutual = ServerTls(path("server.pem"), path("server.key"), path("ca.pem"))
    assert Scene(replace(LOCAL, tls=one_sided)).play(lambda port: over_tls(port, root, None)) == [
        b"MSH|1"
    ]
    assert Scene(replace(LOCAL, tls=mutual)).play(lambda port: over_tls(port, root, client)) == [
        b"MSH|1"
    ]

    def without(port: int) -> str:
        with pytest.raises((ssl.SSLError, ConnectionError, OSError)):
            over_tls(port, root, None)
        return "refused"

    scene = Scene(replace(LOCAL, tls=mutual))
    assert scene.play(without) == ["refused"]
    assert not scene.board.answers


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        scene = Scene(replace(LOCAL, port=taken.getsockname()[1]))
        with pytest.raises(OSError, match="in use"):
            scene.play(asks(b"MSH|1"))


def test_bytes_that_are_no_message_put_the_end_off_no_further() -> None:
    def peer(port: int) -> str:
        with Peer(port) as ris:
            return until_left(lambda: ris.send(b"\r"), pause=0.02)

    scene = Scene(replace(LOCAL, idle=0.3))
    assert scene.play(peer) == ["left"]
    assert scene.board.left == {"idle": 1}


def test_one_address_never_takes_all_connections() -> None:
    def holds(port: int) -> bytes:
        with Peer(port) as ris:
            time.sleep(0.4)
            return ris.ask(b"MSH|1")

    def late(port: int) -> str:
        time.sleep(0.15)
        with pytest.raises((ConnectionError, OSError)), Peer(port) as ris:
            ris.ask(b"MSH|1")
        return "left"

    def other(port: int) -> bytes:
        time.sleep(0.15)
        with Peer(port, source="127.0.0.2") as ris:
            return ris.ask(b"MSH|2")

    settings = replace(LOCAL, networks=(ip_network("127.0.0.0/8"),), of_one_address=2)
    scene = Scene(settings)
    assert scene.play(holds, holds, late, other) == [b"MSH|1", b"MSH|1", "left", b"MSH|2"]
    assert scene.board.left == {"connections": 1}


def test_a_large_message_does_not_wait_for_its_turn_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("agent.mllp.listener._TURN", 0.2)
    large = b"MSH|" + b"x" * (LARGE + 1_000_000)

    def second(port: int) -> str:
        time.sleep(0.3)
        with Peer(port) as ris:
            return until_left(lambda: ris.send(framed(large)))

    scene = Scene(desk=Echo(pause=1.5))
    assert scene.play(asks(large), second) == [[large], "left"]
    assert scene.board.left == {"busy": 1}


def test_a_bug_of_ours_ends_one_connection_and_is_told_without_its_text() -> None:
    class Broken(Echo):
        async def answer(self, raw: bytes, admitted: Collection[Sender]) -> Answer | None:
            raise TypeError("MSH|secret")

    def peer(port: int) -> str:
        with Peer(port) as ris, pytest.raises((ConnectionError, OSError)):
            ris.ask(b"MSH|secret")
        return "left"

    scene = Scene(desk=Broken())
    assert scene.play(peer) == ["left"]
    assert scene.board.left == {"fault": 1}


def test_a_stranger_gets_no_handshake(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    issued = pki.Authority.create(now).issue("CN=s", pki.SERVER, now, hosts=("127.0.0.1",))
    (tmp_path / "s.pem").write_text(issued.certificate_pem)
    (tmp_path / "s.key").write_text(issued.key_pem)

    def stranger(port: int) -> bytes:
        with Peer(port, source="127.0.0.2") as ris:
            try:
                ris.send(b"\x16\x03\x01")
                return ris.socket.recv(100)
            except OSError:
                return b""

    tls = ServerTls(str(tmp_path / "s.pem"), str(tmp_path / "s.key"))
    scene = Scene(replace(LOCAL, tls=tls))
    assert scene.play(stranger) == [b""]
    assert scene.board.left == {"address": 1}
