"""A thousand reports through the whole local stack: speed, cost, and whether memory grows.

Reports come in batches: each is sent by several senders at once and awaited until the DMP lists all
of it. The processes of the functions live on from batch to batch, as warm ones do in Lambda.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from bench.figures import Figure, NotMeasured, at_most
from bench.flow import await_idle, play, store
from bench.processes import Worker, resident_by_function, workers
from bench.stack import Stack
from simulators.ris.cases import CASES

REPORTS: Final = 1000
BATCH: Final = 50
# All one-time allocations (clients, contexts, caches that have a bound) are made by then.
WARM_BATCHES: Final = 5
GROWTH_GOAL: Final = 8.0
# Milliseconds of CPU a report, of everything but the filling of the cache.
CPU_GOAL: Final = 140.0
FILLING: Final = "fill_cache"
_MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of CPU per report: all, the filling of the cache, the rest; and of the rest, the part
    that warm processes spend. The rest is spent on starts of processes and first uses.
    """

    whole: float
    filling: float
    warm: float

    @property
    def rest(self) -> float:
        """All but the filling."""
        return self.whole - self.filling

    @property
    def starts(self) -> float:
        """Of the rest: processes that start, import, and make what they then keep."""
        return self.rest - self.warm


def spent(before: Sequence[Worker], early: Sequence[Worker], late: Sequence[Worker]) -> Spent:
    """From snapshots of the processes: before the first report, after WARM_BATCHES, at the end."""
    whole = _between(before, late)
    known = {worker.pid for worker in early}
    lived = _between(early, [worker for worker in late if worker.pid in known])
    warm = sum(seconds for name, seconds in lived.items() if name != FILLING)
    return Spent(
        sum(whole.values()) / REPORTS,
        whole.get(FILLING, 0.0) / REPORTS,
        warm / (REPORTS - WARM_BATCHES * BATCH),
    )


def _between(first: Sequence[Worker], then: Sequence[Worker]) -> dict[str, float]:
    """Seconds of CPU of each function between two snapshots; a process that is new counts whole."""
    known = {worker.pid: worker.cpu for worker in first}
    total: dict[str, float] = {}
    for worker in then:
        used = worker.cpu - known.get(worker.pid, 0.0)
        total[worker.function] = total.get(worker.function, 0.0) + used
    return total


def measure(stack: Stack) -> Iterator[Figure]:
    """All of REPORTS; memory is read between batches, when nothing runs."""
    before, published, took = workers(stack.pid), 0, 0.0
    early: Mapping[str, int] = {}
    warm: Sequence[Worker] = ()
    for batch in range(REPORTS // BATCH):
        cases = [CASES["C"].fresh(uuid4().hex) for _ in range(BATCH)]
        store(stack, cases)
        begun = time.monotonic()
        played = play(stack, cases, in_turn=False)
        took += time.monotonic() - begun
        published += len(played.listed)
        await_idle(stack)
        if batch + 1 == WARM_BATCHES:
            early, warm = resident_by_function(stack.pid), workers(stack.pid)
    if published != REPORTS:
        raise NotMeasured(f"{published} of {REPORTS} reports were published")
    after, late = workers(stack.pid), resident_by_function(stack.pid)
    yield Figure(
        f"{REPORTS} reports, sent {BATCH} at a time",
        f"{REPORTS / took:.2f} /s  (all in the DMP, {took:.0f} s)",
    )
    yield from _cpu(before, warm, after)
    lived = len({worker.pid for worker in warm} & {worker.pid for worker in after})
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


def _cpu(
    before: Sequence[Worker], warm: Sequence[Worker], after: Sequence[Worker]
) -> Iterator[Figure]:
    found = spent(before, warm, after)
    started = len({worker.pid for worker in after} - {worker.pid for worker in before})
    yield Figure("  CPU of our functions per report", f"{found.whole * 1e3:.0f} ms")
    yield Figure("    that fills the cache", f"{found.filling * 1e3:.0f} ms")
    yield at_most("    that does the rest", found.rest * 1e3, CPU_GOAL, "ms")
    yield Figure(
        "      of it, processes start and first uses",
        f"{found.starts * 1e3:.0f} ms  ({started} processes)",
    )
    yield Figure("      of it, processes that are warm", f"{found.warm * 1e3:.0f} ms")
    each = _between(before, after)
    for name in sorted(each, key=each.__getitem__, reverse=True):
        if each[name] / REPORTS >= 0.0005:
            yield Figure(f"    {name}", f"{each[name] / REPORTS * 1e3:.0f} ms")
