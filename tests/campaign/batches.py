"""The campaign on several processes: batches of runs that follow one another, and the outages.

Each process keeps what its pure functions answered. Runs that follow one another begin alike, so a
batch is long enough to use it.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context, parent_process
from typing import Final

from tests.campaign.imports import import_runs, play_import
from tests.campaign.outage import Outage, play
from tests.campaign.runs import PAIRS, RANDOM, Result, enumerated, plan_of, run
from tests.fakes.kept import kept

# About three seconds: so long may a campaign go on after its time.
_RUNS: Final = 160


@dataclass(frozen=True, slots=True)
class Imports:
    """The runs of imports from number ``first`` to before ``end``."""

    first: int
    end: int


Batch = Outage | Imports | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Played:
    """The result of a batch. ``told``: as :func:`story_of`; ``runs``: their number by kind;
    ``broken``: those that broke an invariant; ``failed``: one of the others did; ``cpu``: seconds.
    """

    told: tuple[str, ...] = ()
    runs: Counter[str] = field(default_factory=Counter)
    broken: tuple[Result, ...] = ()
    cpu: float = 0.0
    failed: bool = False


def batches(numbers: Iterable[int]) -> Iterator[tuple[int, ...]]:
    """``numbers`` in their order, so many at a time."""
    rest = iter(numbers)
    while batch := tuple(islice(rest, _RUNS)):
        yield batch


def import_batches() -> Iterator[Imports]:
    """Every run of an import."""
    for first in range(0, len(import_runs()), _RUNS):
        yield Imports(first, min(first + _RUNS, len(import_runs())))


def played(all_of_them: Iterable[Batch], processes: int) -> Iterator[Played]:
    """The result of each batch, as it comes. Nothing begins after the last one that is read."""
    rest = iter(all_of_them)
    with ProcessPoolExecutor(processes, get_context("spawn"), _begin) as pool:
        going: set[Future[Played]] = {pool.submit(_play, one) for one in islice(rest, processes)}
        while going:
            done, going = wait(going, return_when=FIRST_COMPLETED)
            going |= {pool.submit(_play, one) for one in islice(rest, len(done))}
            yield from (one.result() for one in done)


_process: Final = ExitStack()


def _begin() -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _process.enter_context(kept())  # for as long as the process lives
    enumerated()


def _end_with_parent() -> None:
    """A campaign that somebody kills leaves no process behind."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def story_of(outage: Outage) -> tuple[str, ...]:
    """The story of an outage, then a line for each violation."""
    story = play(outage)
    found = story.violations(outage)
    return (f"{outage}: {story}", *(f"  VIOLATION {one}" for one in found))


def _play(batch: Batch) -> Played:
    began = time.process_time()
    if isinstance(batch, Outage):
        told = story_of(batch)
        return Played(told, cpu=time.process_time() - began, failed=len(told) > 1)
    if isinstance(batch, Imports):
        imports = [play_import(number) for number in range(batch.first, batch.end)]
        told = tuple(str(one) for one in imports if one.violations)
        runs = Counter({"imports": len(imports)})
        return Played(told, runs, cpu=time.process_time() - began, failed=bool(told))
    results = (run(number, plan_of(number)) for number in batch)
    broken = tuple(result for result in results if result.violations)
    return Played(runs=Counter(map(_kind, batch)), broken=broken, cpu=time.process_time() - began)


def _kind(number: int) -> str:
    if number >= RANDOM:
        return "random"
    return "pairs" if number >= PAIRS else "enumerated"
