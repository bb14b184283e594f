"""The main job through the whole local stack: how many, how fast, at what cost; peak memory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from bench.figures import Figure, NotMeasured, at_most, percentile
from bench.processes import cpu_by_function, peak_by_function, workers
from bench.stack import Stack
from functions.receive_message.handler import MAX_BYTES
from simulators.pacs.load import load
from simulators.pacs.studies import Size, study_objects, write
from simulators.ris.cases import CASES, Case

REPORTS = 60
SENDERS = 4
WARM_UP = 8
PATIENCE = 120.0
MEMORY_GOAL = 256
_IDLE_SECONDS = 3.0
_SMALL = Size(instances=2, frames=1)


def throughput(stack: Stack) -> Iterator[Figure]:
    """REPORTS fresh reports by SENDERS at once, each for a small study that the PACS holds."""
    cases = [CASES["C"].fresh(uuid4().hex) for _ in range(WARM_UP + REPORTS)]
    _store(stack, cases)
    _play(stack, cases[:WARM_UP])
    _await_idle(stack)
    before, count_before = cpu_by_function(stack.pid), len(workers(stack.pid))
    acknowledged, took, listed = _play(stack, cases[WARM_UP:])
    _await_idle(stack)
    after = cpu_by_function(stack.pid)
    spent = {name: (after[name] - before.get(name, 0)) / REPORTS for name in after}
    latencies = [(listed[study] - at).total_seconds() for study, at in acknowledged.items()]
    span = (max(listed.values()) - min(acknowledged.values())).total_seconds()
    yield Figure(
        f"reports published per second, {SENDERS} senders",
        f"{REPORTS / span:.2f} /s  ({REPORTS} in {span:.1f} s)",
    )
    for name, values in (("request to ACK", took), ("ACK to listed by the DMP", latencies)):
        middle, high = percentile(values, 0.5), percentile(values, 0.95)
        yield Figure(f"  {name}, p50 / p95", f"{middle * 1e3:.0f} / {high * 1e3:.0f} ms")
    started = len(workers(stack.pid)) - count_before
    yield Figure(
        "CPU of our functions per report",
        f"{sum(spent.values()) * 1e3:.0f} ms  ({started} processes started meanwhile)",
    )
    for name, value in sorted(spent.items(), key=lambda item: -item[1]):
        if value >= 0.001:
            yield Figure(f"  {name}", f"{value * 1e3:.0f} ms")


def largest_message(stack: Stack) -> Iterator[Figure]:
    """The largest message that may come in, published; then the peak of every function."""
    case = CASES["C"].fresh(uuid4().hex)
    _store(stack, [case])
    raw = _largest(stack, case)
    with stack.client("ris") as ris:
        stack.send(ris, raw)
    stack.await_listed(case.studies, PATIENCE)
    _await_idle(stack)
    yield from peaks(stack, f"a message of {len(raw) / 2**20:.2f} MiB")


def peaks(stack: Stack, cause: str) -> Iterator[Figure]:
    """The peak memory of every function so far."""
    for name, peak in sorted(peak_by_function(stack.pid).items(), key=lambda item: -item[1]):
        yield at_most(f"peak memory of {name}, {cause}", peak / 2**20, MEMORY_GOAL, "MiB")


def _largest(stack: Stack, case: Case) -> bytes:
    """A message within a kilobyte of the limit: base64 twice, so 16/9 of the PDF's size."""
    base = len(stack.report(case, pdf_size=10_000))
    size = 10_000 + (MAX_BYTES - base) * 9 // 16 - 400
    raw = stack.report(case, pdf_size=size)
    if not MAX_BYTES - 8_192 < len(raw) <= MAX_BYTES:
        raise NotMeasured(f"the largest message would have {len(raw)} bytes")
    return raw


def _store(stack: Stack, cases: list[Case]) -> None:
    folder = stack.home / "studies"
    paths: list[Path] = []
    for case in cases:
        for study in case.archived_studies():
            paths += write(study_objects(study, _SMALL), folder)
    load(paths, stack.endpoints["pacs"])


def _play(
    stack: Stack, cases: list[Case]
) -> tuple[dict[str, datetime], list[float], dict[str, datetime]]:
    """Send the reports; when each was acknowledged, how long that took, when the DMP had it."""
    acknowledged: dict[str, datetime] = {}
    took: list[float] = []

    def send(mine: list[Case]) -> None:
        with stack.client("ris") as ris:
            for case in mine:
                raw = stack.report(case)
                begun = time.perf_counter()
                stack.send(ris, raw)
                took.append(time.perf_counter() - begun)
                acknowledged[case.studies[0]] = datetime.now(UTC)

    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(send, [cases[start::SENDERS] for start in range(SENDERS)]))
    listed = stack.await_listed(list(acknowledged), PATIENCE)
    return acknowledged, took, {study: listed[study][0] for study in acknowledged}


def _await_idle(stack: Stack) -> None:
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
