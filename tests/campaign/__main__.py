"""``python -m tests.campaign``: the fault campaign for a while, or one of its runs by its seed."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from tests.campaign.outage import Outage, play
from tests.campaign.runs import PAIRS, RANDOM, Result, calm, enumerated, numbers, plan_of, run
from tests.fakes.kept import kept

_SHOWN = 10
OUTAGES = (
    Outage("dmp", timedelta(hours=8), 600),
    Outage("pacs", timedelta(hours=24), 200),
    Outage("dmp", timedelta(hours=8), 200, alone=True),
)


def main(arguments: list[str] | None = None) -> int:
    """0 when no invariant was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    parser.add_argument("--seconds", type=float, default=240, help="for how long (240)")
    parser.add_argument("--seed", type=int, help="play that run alone, and tell all of it")
    parser.add_argument("--first", type=int, default=0, help="where pairs and random runs begin")
    parser.add_argument("--outage", choices=["dmp", "pacs"], help="only that one, for hours")
    parser.add_argument("--hours", type=float, default=8, help="for how many (8)")
    parser.add_argument("--reports", type=int, default=2000, help="how many come (2000)")
    options = parser.parse_args(arguments)
    with kept():
        if options.outage is not None:
            lasts = timedelta(hours=options.hours)
            return _away((Outage(options.outage, lasts, options.reports, options.seed or 0),))
        if options.seed is not None:
            return _one(options.seed)
        away = _away(OUTAGES)
        return _campaign(options.seconds, options.first) or away


def _away(outages: Iterable[Outage]) -> int:
    broken = False
    for outage in outages:
        story = play(outage)
        found = story.violations(outage)
        print(f"{outage}: {story}", *(f"  VIOLATION {one}" for one in found), sep="\n", flush=True)
        broken = broken or bool(found)
    return 1 if broken else 0


def _one(seed: int) -> int:
    result = run(seed, plan_of(seed))
    print(result)
    print(f"  {len(result.calls)} calls, {len(result.violations)} violations")
    return 1 if result.violations else 0


def _campaign(seconds: float, first: int) -> int:
    began = time.monotonic()
    broken = [result for result in calm() if result.violations]
    done: Counter[str] = Counter()
    for number in numbers(first):
        if time.monotonic() - began >= seconds:
            break
        result = run(number, plan_of(number))
        done[_kind(number)] += 1
        if result.violations:
            broken.append(result)
            if len(broken) <= _SHOWN:
                print(result, flush=True)
    return _report(done, broken, time.monotonic() - began)


def _kind(number: int) -> str:
    if number >= RANDOM:
        return "random"
    return "pairs" if number >= PAIRS else "enumerated"


def _report(done: Counter[str], broken: list[Result], seconds: float) -> int:
    calls = sum(len(result.calls) for result in calm())
    runs = done.total()
    print(
        f"{len(calm())} scenarios, {calls} external calls enumerated, "
        f"{len(enumerated())} ways for one of them to fail"
    )
    print(
        f"{runs} runs ({done['enumerated']} enumerated, {done['pairs']} pairs of faults, "
        f"{done['random']} random) in {seconds:.0f} s: {runs / seconds:.0f} runs per second"
    )
    if done["enumerated"] < len(enumerated()):
        print("not every enumerated run was played: give it more seconds")
    kinds = Counter(found.partition(":")[0] for result in broken for found in result.violations)
    told = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    print(f"{len(broken)} runs with a violation{': ' + told if told else ''}")
    for result in broken[:_SHOWN]:
        print(f"  python -m tests.campaign --seed {result.number}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
