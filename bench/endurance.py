"""A thousand reports through the whole local stack: speed, cost, and whether memory grows.

Reports come in batches: each is sent by several senders at once and awaited until the DMP lists all
of it. The processes of the functions live on from batch to batch, as warm ones do in Lambda.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Final
from uuid import uuid4

from bench.figures import Figure, NotMeasured, at_most
from bench.flow import await_idle, play, store
from bench.processes import cpu_by_function, resident_by_function, workers
from bench.stack import Stack
from simulators.ris.cases import CASES

REPORTS: Final = 1000
BATCH: Final = 50
# What is allocated once (clients, contexts, caches that have a bound) is there by then.
WARM_BATCHES: Final = 5
GROWTH_GOAL: Final = 8.0
_MIB: Final = 2**20


def measure(stack: Stack) -> Iterator[Figure]:
    """All of REPORTS; memory is read between batches, when nothing runs."""
    before, published, spent = cpu_by_function(stack.pid), 0, 0.0
    early: Mapping[str, int] = {}
    for batch in range(REPORTS // BATCH):
        cases = [CASES["C"].fresh(uuid4().hex) for _ in range(BATCH)]
        store(stack, cases)
        begun = time.monotonic()
        played = play(stack, cases, in_turn=False)
        spent += time.monotonic() - begun
        published += len(played.listed)
        await_idle(stack)
        if batch + 1 == WARM_BATCHES:
            early, known = resident_by_function(stack.pid), {w.pid for w in workers(stack.pid)}
    if published != REPORTS:
        raise NotMeasured(f"{published} of {REPORTS} reports were published")
    after, late = cpu_by_function(stack.pid), resident_by_function(stack.pid)
    cpu = sum(after[name] - before.get(name, 0.0) for name in after) / REPORTS
    yield Figure(
        f"{REPORTS} reports, sent {BATCH} at a time",
        f"{REPORTS / spent:.2f} /s  (all in the DMP, {spent:.0f} s)",
    )
    yield Figure("  CPU of our functions per report", f"{cpu * 1e3:.0f} ms")
    lived = len(known & {worker.pid for worker in workers(stack.pid)})
    growth = {name: (late[name] - early[name]) / _MIB for name in early if name in late}
    if not growth or not lived:
        raise NotMeasured("no process of a function has lived long enough")
    worst = max(growth, key=growth.__getitem__)
    yield at_most(
        f"  growth of memory, reports {WARM_BATCHES * BATCH} to {REPORTS}",
        growth[worst],
        GROWTH_GOAL,
        "MiB",
        f"({worst}, {lived} processes lived)",
    )
    for name in sorted(growth):
        yield Figure(f"    {name}", f"{early[name] / _MIB:.1f} to {late[name] / _MIB:.1f} MiB")
