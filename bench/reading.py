"""A professional's page behind a link of 40 ms and 140 Mbit/s: from the call to the list."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import statistics
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx

from bench.browser import AWAITED, BESIDE, Browser, Page
from bench.figures import Figure, NotMeasured, at_most, percentile, seconds
from bench.link import RTT_MS, linked
from bench.processes import cpu_by_function, peak_by_function, workers
from bench.stack import Stack
from infra.demo.layout import ROOT, STRUCTURE
from simulators.history.history import History, Patient, history
from simulators.history.load import load
from simulators.pki import load_authority, load_issued
from tests.simulators.dmp.sender import FIND, Query, Site, Vihf

ROUNDS: Final = 20
COLD_ROUNDS: Final = 3
# A function of the way may have two processes: each is warm then.
WARMING: Final = 3
LOADING_GOAL: Final = 3.0
WARM_GOAL: Final = 1.0
HUGE_GOAL: Final = 1.5
BYTES_GOAL: Final = 10_000
MEMORY_GOAL: Final = 256
READER: Final = "radiologist"
# A function's CPU of one call, in seconds, that is worth a word.
_TOLD: Final = 0.002
# Exactly the functions between a call and its list.
PATH: Final = frozenset({"open_context", "authorize_reader", "show_exams"})
_STATUSES: Final = (
    "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved',"
    "'urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated',"
    "'urn:asip:ci-sis:2010:StatusType:Archived')"
)


def measure(stack: Stack) -> Iterator[Figure]:
    """Warm and cold, for 11, 137 and 1,000 exams; beside them a bare round trip and a raw query."""
    vi = httpx.URL(stack.endpoints["vi"])
    trip = bare_round_trip()
    yield at_most("the link: one bare round trip", trip * 1000, RTT_MS + 2, "ms")
    histories = {preset: history(preset) for preset in ("demo", "long", "huge")}
    for preset, made in histories.items():
        took = seconds(lambda one=made: _load(stack, one))  # type: ignore[misc]
        if preset == "huge":
            yield at_most("1,000 exams put into the simulated DMP", took, LOADING_GOAL, "s")
    with linked((vi.host, vi.port or 443)) as link:
        browser = Browser(stack, link)
        browser.sign_in(READER)
        yield from _bytes(browser, histories["demo"].patient)
        for preset, exams, goal, rounds in (
            ("long", 137, WARM_GOAL, ROUNDS),
            ("huge", 1000, HUGE_GOAL, ROUNDS // 2),
        ):
            name = f"call to list, warm, {exams} exams"
            warm = _warm(stack, browser, histories[preset].patient, rounds)
            yield from warm.figures(name, goal, trip)
        yield from _cold(stack, browser, histories["long"].patient)
        browser.close()
    peaks = peak_by_function(stack.pid)
    for name in sorted(PATH & peaks.keys()):
        yield at_most(f"peak memory, {name}", peaks[name] / 2**20, MEMORY_GOAL, "MiB")


def bare_round_trip() -> float:
    """The median of a byte's way there and back over the link, in seconds."""
    took = []
    with (
        _echo() as target,
        linked(target) as port,
        socket.create_connection(("127.0.0.1", port)) as connection,
    ):
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            connection.sendall(b"x")
            connection.recv(1)
            took.append(time.perf_counter() - begun)
    return statistics.median(took)


@contextmanager
def _echo() -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                while data := connection.recv(64):
                    connection.sendall(data)

        threading.Thread(target=serve, daemon=True).start()
        host, port = listener.getsockname()[:2]
        yield str(host), int(port)


def _load(stack: Stack, made: History) -> int:
    return load(made, stack.endpoints["dmp"], ROOT / stack.endpoints["ca"])


def _bytes(browser: Browser, patient: Patient) -> Iterator[Figure]:
    page = browser.open(patient.case())
    total = page.received + browser.sheets(page, AWAITED)
    yield at_most("11 exams: bytes of the page and its sheet, gzip", total, BYTES_GOAL, "B")
    beside = browser.sheets(page, BESIDE)
    yield Figure("  the viewer's own sheet, once, beside its program", f"{beside} B")


@dataclass(frozen=True, slots=True)
class Warm:
    """Rounds of a call and of the raw query for one patient, taken in turn. ``cpu`` is that of each
    of our functions for one round, in seconds.
    """

    pages: tuple[Page, ...]
    raw: tuple[float, ...]
    documents: int
    cpu: Mapping[str, float]

    def figures(self, name: str, goal: float, trip: float) -> Iterator[Figure]:
        """p50 and p95 with their goal, and the ratios to ``trip`` and to the raw query."""
        took = [page.seconds for page in self.pages]
        middle, asked = statistics.median(took), statistics.median(self.raw)
        ratios = f"({middle / trip:.1f} round trips; {middle / asked:.1f} x the raw DMP query)"
        yield at_most(f"{name}, p50", middle, goal, "s", ratios)
        yield at_most(f"{name}, p95", percentile(took, 0.95), goal, "s")
        yield Figure(f"  the raw DMP query, {self.documents} documents, p50", f"{asked:.3g} s")
        spent = ", ".join(
            f"{one} {took:.3f}" for one, took in sorted(self.cpu.items()) if took >= _TOLD
        )
        yield Figure(
            "  CPU of our functions, a call", f"{sum(self.cpu.values()):.3g} s", f"({spent})"
        )
        yield Figure("  bytes of the page, gzip", f"{self.pages[-1].received} B")


def _warm(stack: Stack, browser: Browser, patient: Patient, rounds: int) -> Warm:
    case, query = patient.case(), RawQuery(stack, patient)
    pages: list[Page] = []
    raw: list[float] = []
    for _ in range(WARMING):
        browser.open(case)
    query.ask()
    before = cpu_by_function(stack.pid)
    for _ in range(rounds):
        pages.append(browser.open(case))
        raw.append(seconds(query.ask))
    query.close()
    after = cpu_by_function(stack.pid)
    cpu = {one: (took - before.get(one, 0.0)) / rounds for one, took in after.items()}
    return Warm(tuple(pages), tuple(raw), query.found, cpu)


def _cold(stack: Stack, browser: Browser, patient: Patient) -> Iterator[Figure]:
    """A new connection, and no process of the functions on the way runs."""
    took = []
    for _ in range(COLD_ROUNDS):
        browser.reconnect()
        for worker in workers(stack.pid):
            if worker.function in PATH:
                os.kill(worker.pid, signal.SIGKILL)
        took.append(browser.open(patient.case()).seconds)
    yield Figure("call to list, cold, 137 exams", f"{statistics.median(took):.3g} s")


class RawQuery:
    """ITI-18 as it leaves any client: one request over a kept connection, its answer not read."""

    def __init__(self, stack: Stack, patient: Patient) -> None:
        pki = ROOT / Path(stack.endpoints["ca"]).parent
        self._site = Site(
            load_authority(pki),
            load_issued(pki, f"auth-{STRUCTURE}"),
            load_issued(pki, f"sign-{STRUCTURE}"),
        )
        context = ssl.create_default_context(cafile=str(pki / "ca.pem"))
        context.load_cert_chain(pki / f"auth-{STRUCTURE}.pem", pki / f"auth-{STRUCTURE}.key")
        self._http = httpx.Client(verify=context, trust_env=False, timeout=60)
        self._url = f"{stack.endpoints['dmp']}/si-dmp-server/v2/services/registry"
        self._patient = f"{patient.ins}^^^&{patient.ins_oid}&ISO^NH"
        self.found = 0

    def ask(self) -> None:
        """One query; NotMeasured when it is refused."""
        slots = (
            ("$XDSDocumentEntryPatientId", (f"'{self._patient}'",)),
            ("$XDSDocumentEntryStatus", (_STATUSES,)),
        )
        now = datetime.now(UTC)
        vihf = Vihf(self._site, now=now, patient=self._patient)
        body, kind = Query(self._site, slots, FIND, vihf=vihf).build()
        answer = self._http.post(self._url, content=body, headers={"Content-Type": kind})
        self.found = answer.text.count("<rim:ExtrinsicObject") + answer.text.count(
            "<ExtrinsicObject"
        )
        if answer.status_code != 200 or not self.found:
            raise NotMeasured(f"the raw query failed: HTTP {answer.status_code}")

    def close(self) -> None:
        """End the connection."""
        self._http.close()
