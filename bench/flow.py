"""The main job through the whole local stack: throughput, delays, CPU; peak memory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from bench.figures import Figure, NotMeasured, at_most, percentile
from bench.processes import cpu_by_function, peak_by_function, workers
from bench.stack import Stack
from functions.drimbox.report.hl7 import MAX_DIRECT_BYTES
from simulators.pacs.load import load
from simulators.pacs.studies import Size, study_objects, write
from simulators.ris.cases import CASES, Case

REPORTS = 40
SENDERS = 4
WARM_UP = 8
BURST = 24
PATIENCE = 300.0
MEMORY_GOAL = 256
_IDLE_SECONDS = 3.0
_SMALL = Size(instances=2, frames=1)


@dataclass(frozen=True, slots=True)
class Played:
    """Per study: when its report was acknowledged, how long that took in seconds, and when the
    DMP had its manifest."""

    acknowledged: dict[str, datetime]
    took: dict[str, float]
    listed: dict[str, datetime]

    @property
    def span(self) -> float:
        """Seconds from the first request to the last manifest."""
        first = min(at.timestamp() - self.took[study] for study, at in self.acknowledged.items())
        return max(self.listed.values()).timestamp() - first

    @property
    def waits(self) -> list[float]:
        """Seconds from the acknowledgement to the manifest in the DMP."""
        return [(self.listed[s] - at).total_seconds() for s, at in self.acknowledged.items()]


def throughput(stack: Stack) -> Iterator[Figure]:
    """Fresh reports, each for a small study that the PACS holds: by senders that wait for the
    manifest before the next report, then all at once."""
    cases = [CASES["C"].fresh(uuid4().hex) for _ in range(WARM_UP + REPORTS + BURST)]
    store(stack, cases)
    play(stack, cases[:WARM_UP], in_turn=True)
    await_idle(stack)
    before, known = cpu_by_function(stack.pid), len(workers(stack.pid))
    played = play(stack, cases[WARM_UP : WARM_UP + REPORTS], in_turn=True)
    await_idle(stack)
    after, started = cpu_by_function(stack.pid), len(workers(stack.pid)) - known
    yield Figure(
        f"reports published per second, {SENDERS} senders",
        f"{REPORTS / played.span:.2f} /s  ({REPORTS} in {played.span:.1f} s)",
    )
    for name, values in (
        ("request to ACK", list(played.took.values())),
        ("ACK to listed by the DMP", played.waits),
    ):
        middle, high = percentile(values, 0.5), percentile(values, 0.95)
        yield Figure(f"  {name}, p50 / p95", f"{middle * 1e3:.0f} / {high * 1e3:.0f} ms")
    spent = {name: (after[name] - before.get(name, 0)) / REPORTS for name in after}
    yield Figure(
        "CPU of our functions per report",
        f"{sum(spent.values()) * 1e3:.0f} ms  ({started} processes started meanwhile)",
    )
    for name, value in sorted(spent.items(), key=lambda item: -item[1]):
        if value >= 0.0005:
            yield Figure(f"  {name}", f"{value * 1e3:.0f} ms")
    burst = play(stack, cases[WARM_UP + REPORTS :], in_turn=False)
    yield Figure(
        f"burst of {BURST} reports, the last one listed",
        f"after {burst.span:.1f} s",
    )
    await_idle(stack)


def largest_message(stack: Stack) -> Iterator[Figure]:
    """The largest message that may come in, published; then the peak of every function."""
    case = CASES["C"].fresh(uuid4().hex)
    store(stack, [case])
    raw = _largest(stack, case)
    with stack.client("ris") as ris:
        stack.send(ris, raw)
    stack.await_listed(case.studies, PATIENCE)
    await_idle(stack)
    yield largest_peak(stack, f"message of {len(raw) / 2**20:.2f} MiB")


def largest_peak(stack: Stack, cause: str) -> Figure:
    """The function that took the most memory so far."""
    peaks = peak_by_function(stack.pid)
    name = max(peaks, key=peaks.__getitem__)
    peak = peaks[name] / 2**20
    return at_most(f"peak memory, {cause}", peak, MEMORY_GOAL, "MiB", f"({name})")


def _largest(stack: Stack, case: Case) -> bytes:
    """A message within a kilobyte of the limit: base64 twice, so 16/9 of the PDF's size."""
    base = len(stack.report(case, pdf_size=10_000))
    size = 10_000 + (MAX_DIRECT_BYTES - base) * 9 // 16 - 400
    raw = stack.report(case, pdf_size=size)
    if not MAX_DIRECT_BYTES - 8_192 < len(raw) <= MAX_DIRECT_BYTES:
        raise NotMeasured(f"the largest message would have {len(raw)} bytes")
    return raw


def store(stack: Stack, cases: list[Case]) -> None:
    """The PACS gets a small study for each of ``cases``."""
    folder = stack.home / "studies"
    paths: list[Path] = []
    for case in cases:
        for study in case.archived_studies():
            paths += write(study_objects(study, _SMALL), folder)
    load(paths, stack.endpoints["pacs"])


def play(stack: Stack, cases: list[Case], *, in_turn: bool) -> Played:
    """Send the reports by SENDERS at once; ``in_turn``: each waits until the DMP lists its own."""
    acknowledged: dict[str, datetime] = {}
    took: dict[str, float] = {}

    def send(mine: list[Case]) -> None:
        with stack.client("ris") as ris:
            for case in mine:
                raw = stack.report(case)
                begun = time.perf_counter()
                stack.send(ris, raw)
                took[case.studies[0]] = time.perf_counter() - begun
                acknowledged[case.studies[0]] = datetime.now(UTC)
                if in_turn:
                    stack.await_listed(case.studies, PATIENCE)

    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(send, [cases[start::SENDERS] for start in range(SENDERS)]))
    listed = stack.await_listed(list(acknowledged), PATIENCE)
    return Played(acknowledged, took, {study: listed[study][0] for study in acknowledged})


def await_idle(stack: Stack) -> None:
    """Until our functions did nothing for a while: the cache is filled after the publication."""
    end = time.monotonic() + PATIENCE
    last, since = -1.0, time.monotonic()
    while time.monotonic() - since < _IDLE_SECONDS:
        if time.monotonic() > end:
            raise NotMeasured(f"the functions are still busy after {PATIENCE:.0f} s")
        time.sleep(0.25)
        spent = sum(cpu_by_function(stack.pid).values())
        if spent > last + 0.02:
            last, since = spent, time.monotonic()
