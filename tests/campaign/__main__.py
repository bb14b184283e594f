"""``python -m tests.campaign``: the whole fault campaign, or one of its runs by its seed."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain

from tests.campaign.batches import Batch, Played, batches, import_batches, played, story_of
from tests.campaign.imports import play_import
from tests.campaign.nation import Absence, play
from tests.campaign.outage import Outage
from tests.campaign.runs import Result, calm, enumerated, numbers, plan_of, run, whole
from tests.fakes.kept import kept

_SHOWN = 10
_NEWS_AFTER = 30  # seconds
OUTAGES = (
    Outage("dmp", timedelta(hours=8), 600),
    Outage("pacs", timedelta(hours=24), 200),
    Outage("dmp", timedelta(hours=8), 200, alone=True),
)


def main(arguments: list[str] | None = None) -> int:
    """0 when no invariant was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    parser.add_argument("--seconds", type=float, help="for how long, in place of the whole")
    parser.add_argument("--processes", type=int, default=_cores(), help="one for each core")
    parser.add_argument("--seed", type=int, help="play that run alone, and tell all of it")
    parser.add_argument("--import", type=int, dest="of_import", help="only that run of an import")
    parser.add_argument("--first", type=int, default=0, help="where pairs and random runs begin")
    parser.add_argument("--outage", choices=["dmp", "pacs"], help="only that one, for hours")
    parser.add_argument("--nation", type=int, help="only so many sites of 5,000 without the DMP")
    parser.add_argument("--hours", type=float, default=8, help="for how many (8)")
    parser.add_argument("--reports", type=int, default=2000, help="how many come (2000)")
    options = parser.parse_args(arguments)
    with kept():
        if options.outage is not None:
            lasts = timedelta(hours=options.hours)
            return _away(Outage(options.outage, lasts, options.reports, options.seed or 0))
        if options.nation is not None:
            print(play(Absence.of_the_dmp(options.nation, timedelta(hours=options.hours))))
            return 0
        if options.of_import is not None:
            result = play_import(options.of_import)
            print(result)
            return 1 if result.violations else 0
        if options.seed is not None:
            return _one(options.seed)
        return _campaign(options.seconds, options.first, options.processes)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _away(outage: Outage) -> int:
    told = story_of(outage)
    print(*told, sep="\n")
    return 1 if len(told) > 1 else 0


def _one(seed: int) -> int:
    result = run(seed, plan_of(seed))
    print(result)
    print(f"  {len(result.calls)} calls, {len(result.violations)} violations")
    return 1 if result.violations else 0


@dataclass
class _Sum:
    """Everything that was played so far. ``cpu``: seconds, of all processes."""

    began: float = field(default_factory=time.monotonic)
    runs: Counter[str] = field(default_factory=Counter)
    broken: list[Result] = field(default_factory=list)
    other_is_broken: bool = False
    cpu: float = 0.0
    told_at: float = 0.0

    @property
    def seconds(self) -> float:
        """Since the campaign began."""
        return time.monotonic() - self.began

    def add(self, more: Played) -> None:
        """Count it, and tell it where somebody should know at once."""
        for line in more.told:
            print(line, flush=True)
        for result in more.broken[: max(0, _SHOWN - len(self.broken))]:
            print(result, flush=True)
        self.runs += more.runs
        self.broken += more.broken
        self.other_is_broken = self.other_is_broken or more.failed
        self.cpu += more.cpu
        if self.seconds - self.told_at >= _NEWS_AFTER:
            self.told_at = self.seconds
            print(f"{self.runs.total()} runs in {self.seconds:.0f} s", flush=True)


def _campaign(seconds: float | None, first: int, processes: int) -> int:
    done = _Sum()
    broken = tuple(result for result in calm() if result.violations)
    done.add(Played(broken=broken, cpu=time.process_time()))
    runs = whole(first) if seconds is None else numbers(first)
    every_one: Iterator[Batch] = chain(OUTAGES, import_batches(), batches(runs))
    for more in played(every_one, processes):
        done.add(more)
        if seconds is not None and done.seconds >= seconds:
            break
    return _report(done, processes)


def _report(done: _Sum, processes: int) -> int:
    calls = sum(len(result.calls) for result in calm())
    runs, of = done.runs.total(), done.runs
    print(
        f"{len(calm())} scenarios, {calls} external calls enumerated, "
        f"{len(enumerated())} ways for them to fail"
    )
    print(
        f"{runs} runs ({of['enumerated']} enumerated, {of['pairs']} pairs of faults, "
        f"{of['random']} random, {of['imports']} of imports) in {done.seconds:.0f} s on "
        f"{processes} processes, {done.cpu:.0f} s of CPU"
    )
    if of["enumerated"] < len(enumerated()):
        print("not every enumerated run was played: give it more seconds")
    kinds = Counter(found.partition(":")[0] for one in done.broken for found in one.violations)
    told = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    print(f"{len(done.broken)} runs with a violation{': ' + told if told else ''}")
    for result in done.broken[:_SHOWN]:
        print(f"  python -m tests.campaign --seed {result.number}")
    return 1 if done.broken or done.other_is_broken else 0


if __name__ == "__main__":
    sys.exit(main())
