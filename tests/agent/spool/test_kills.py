"""kill -9 of a real agent at every step, over real sockets and files: 0 lost, 0 double.

A RIS of two senders sends message after message and takes nothing but AA for an end. The agent dies
again and again; the cloud comes, goes, and sometimes takes a message and loses its answer.
``make proof`` sends two thousand messages, ``make test`` sixty.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread

import httpx
import pytest

from agent.mllp.framing import framed
from agent.spool.store import Depth
from functions.drimbox.publication.inbox import message_id, message_key
from functions.drimbox.publication.receive import Desk, receive
from functions.drimbox.report.reading import read_header
from tests.agent.scenes import LANE, Peer, report, said, spool_at, without_document
from tests.fakes.memory import (
    MemoryAudit,
    MemoryBlobs,
    MemoryQueue,
    MemoryRefused,
    VirtualClock,
)
from tests.fakes.world import SENDER, SUBJECT, TENANT

ROOT = Path(__file__).parents[3]
WHOLE = os.environ.get("PROOF") == "whole"
MESSAGES = 2_000 if WHOLE else 60
LIVES = 500 if WHOLE else 40
OTHER = ("AUTRE_RIS", "AMBROISE")
SITE = replace(
    TENANT,
    senders=(*TENANT.senders, replace(TENANT.senders[0], application=OTHER[0], facility=OTHER[1])),
)
# So many messages are sent before the cloud comes, or goes.
TURN = 10
# So many are sent at last in one write.
PIPED = 5


@dataclass
class Cloud:
    """The gateway's own reception behind HTTP."""

    inbox: MemoryBlobs = field(default_factory=MemoryBlobs)
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    order: dict[str, list[str]] = field(default_factory=dict)
    away: bool = False
    loses_every: int = 7
    calls: int = 0
    claimed: int = 0
    lock: Lock = field(default_factory=Lock)

    def take(self, raw: bytes, claim: str | None) -> bytes | None:
        """The acknowledgement; None where it is lost on its way."""
        with self.lock:
            self.calls += 1
            self.claimed += claim is not None
            header = read_header(raw)
            sender = (header.sending_application, header.sending_facility)
            key = message_key(message_id("demo", sender, header.control_id))
            is_new = key not in self.inbox.objects
            desk = Desk(
                SITE, self.inbox, self.queue, MemoryAudit(), VirtualClock(), MemoryRefused()
            )
            taken = receive(raw, SUBJECT, desk)
            if is_new and taken.code == "AA":
                self.order.setdefault("|".join(sender), []).append(header.control_id)
            return None if self.calls % self.loses_every == 0 else taken.ack

    @contextmanager
    def served(self) -> Iterator[str]:
        cloud = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                if cloud.away:
                    self.send_response(503)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                ack = cloud.take(raw, self.headers.get("Accepted-At"))
                if ack is None:
                    self.close_connection = True
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(ack)))
                self.end_headers()
                self.wfile.write(ack)

            def log_message(self, *_: object) -> None:
                """Write nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a killed client
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/hl7v2"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


@contextmanager
def victim(folder: Path, url: str, ends: list[str], largest: int = 0) -> Iterator[tuple[int, int]]:
    """A supervised agent; the ports of its listener and of its status page."""
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as other,
    ):
        port, status = int(one.getsockname()[1]), int(other.getsockname()[1])
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.agent.victim", str(folder), str(port), str(status)),
            url,
            ",".join(ends),
            *([str(largest)] if largest else []),
        ],
        cwd=ROOT,
        start_new_session=True,
    )
    try:
        yield port, status
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def pipeline(port: int, raws: list[bytes], until: float) -> int:
    """Send several messages in one write, until all of them are accepted; how many tries."""
    tries = 0
    while True:
        tries += 1
        try:
            with Peer(port) as ris:
                ris.send(b"\r\n".join(map(framed, raws)))
                acks = [ris.read() for _ in raws]
        except OSError:
            assert time.monotonic() < until, "the agent does not come back"
            time.sleep(0.005)
            continue
        assert [said(ack)[:2] for ack in acks] == [("AA", named(raw)) for raw in raws]
        return tries


def named(raw: bytes) -> str:
    """MSH-10."""
    return read_header(raw).control_id


def insist(port: int, raw: bytes, until: float) -> int:
    """Send one message until it is accepted, as a RIS does; how many tries."""
    tries = 0
    while True:
        tries += 1
        try:
            with Peer(port) as ris:
                ack = ris.ask(raw)
        except OSError:
            assert time.monotonic() < until, "the agent does not come back"
            time.sleep(0.005)
            continue
        assert said(ack)[0] == "AA", ack
        return tries


def waiting(status: int) -> int | None:
    """How many messages the agent's status page tells; None while it is dead."""
    try:
        answer = httpx.get(f"http://127.0.0.1:{status}/status.json")
    except httpx.HTTPError:
        return None
    return int(answer.json()["spool"]["messages"])


def ends(seed: int) -> list[str]:
    """Every step in turn, and between two of them a moment, so that a commit is cut too."""
    moments = random.Random(seed)  # noqa: S311  # the same course each time
    steps = 40
    found = []
    for life in range(LIVES):
        found.append(f"s{1 + life // 2 % steps}" if life % 2 else f"t{moments.uniform(0.03, 0.2)}")
    return found


def test_whatever_the_moment_of_its_death_nothing_is_lost_and_nothing_comes_twice(
    tmp_path: Path,
) -> None:
    cloud = Cloud()
    until = time.monotonic() + (1_500 if WHOLE else 200)
    every = {
        sender: [report(f"{sender[0]}{n}", sender=sender) for n in range(MESSAGES // 2)]
        for sender in (SENDER, OTHER)
    }
    raws = {sender: sent[:-PIPED] for sender, sent in every.items()}
    last = {sender: sent[-PIPED:] for sender, sent in every.items()}

    def ris(sender: tuple[str, str]) -> int:
        tries = 0
        for number, raw in enumerate(raws[sender]):
            if sender == SENDER and number % TURN == 0:
                cloud.away = not cloud.away
            tries += insist(port, raw, until)
        return tries + pipeline(port, last[sender], until)

    with cloud.served() as url, victim(tmp_path, url, ends(7)) as (port, status):
        with ThreadPoolExecutor(2) as both:
            tries = sum(both.map(ris, raws))
        cloud.away = False
        while waiting(status) != 0:
            assert time.monotonic() < until, "messages are left"
            time.sleep(0.01)
    assert tries > MESSAGES, "no death met a message"
    assert cloud.claimed, "no message was kept"
    for sender, sent in every.items():
        names = [f"{sender[0]}{n}" for n in range(len(sent))]
        assert cloud.order["|".join(sender)] == names, "in their order, each once"
        for name, raw in zip(names, sent, strict=True):
            key = message_key(message_id("demo", sender, name))
            assert cloud.inbox.objects[key] == raw, "byte for byte"
    assert len({one for one, _, _ in cloud.queue.messages}) == MESSAGES
    assert len(cloud.queue.messages) == MESSAGES
    spool = spool_at_rest(tmp_path)
    assert (spool.messages, spool.aside) == (0, 0)


def spool_at_rest(folder: Path) -> Depth:
    """The depth of the spool that the agent has left."""
    key = bytes.fromhex((folder / "spool.key").read_text())
    spool = spool_at(folder / "spool", key)
    try:
        return spool.depth()
    finally:
        spool.close()


@pytest.mark.parametrize("largest", [200_000, 400_000])
def test_a_full_disk_loses_no_message_that_was_accepted(tmp_path: Path, largest: int) -> None:
    """No file of the agent may grow above ``largest``: SQLite's writes fail, as on a full disk."""
    cloud = Cloud(away=True)
    answers: list[tuple[str, str]] = []
    with cloud.served() as url:
        with victim(tmp_path, url, [], largest) as (port, _):
            insist(port, report("first"), time.monotonic() + 20)
            with Peer(port) as ris:
                for number in range(40):
                    code, name, fault = said(ris.ask(report(str(number))))
                    assert (code, fault) in (("AA", ""), ("AR", "agent_no_room"))
                    answers.append((code, name))
                assert said(ris.ask(without_document("wrong")))[0] == "AE"
        accepted = [name for code, name in answers if code == "AA"]
        assert accepted
        assert {code for code, _ in answers} == {"AA", "AR"}
        cloud.away = False
        with victim(tmp_path, url, []) as (_, status):
            end = time.monotonic() + 30
            while waiting(status) != 0:
                assert time.monotonic() < end, "messages are left"
                time.sleep(0.01)
    assert cloud.order[LANE] == ["first", *accepted]
