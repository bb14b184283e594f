"""Which runs there are: each has a number, and the number alone says all of it.

From 0, the enumerated ones: every external call of every scenario, as a calm run made them, in each
way that it can fail; then every send to the DMP with the next one, and with the next two. From
PAIRS, two faults anywhere. From RANDOM, messages, faults, workers and their turns by chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import chain, count, islice, product
from random import Random
from typing import Final

from tests.campaign.faults import SENDS, Fault, Strike, faults_of
from tests.campaign.invariants import violations
from tests.campaign.scenarios import SCENARIOS, Scenario, describe, describe_span, random_scenario
from tests.campaign.scheduler import Hung
from tests.campaign.stage import Plan, staged

# The calls of the preparation of a series, beside those of its step.
PREPARING: Final = (
    *("pacs.retrieve_series", "upload.add", "upload.complete", "cache.put", "cache.get"),
    *("jobs.get", "jobs.put", "fill_queue.send"),
)
PAIRS: Final = 1_000_000
RANDOM: Final = 2_000_000
# The longest list of faults that a call has: a kind is taken modulo its own.
_KINDS: Final = len(Fault)
_CALLS_PER_MESSAGE: Final = 55
# Enumerated runs, for each pair and random one.
_IN_A_PLACE: Final = 8


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a run. ``struck``: the calls that failed, in words."""

    number: int
    plan: Plan
    calls: tuple[str, ...]
    struck: tuple[str, ...]
    violations: tuple[str, ...]

    def __str__(self) -> str:
        scenario, plan = self.plan.scenario, self.plan
        played = (
            f"seed {self.number}: {scenario.name} (case {scenario.base}), "
            f"{describe(scenario.arrivals)}; images after {scenario.images_after}, "
            f"order {plan.order}, operator every {plan.operator}, executions {plan.executions}, "
            f"DMP away for {plan.outage}, prepares {scenario.prepares}, "
            f"an object at fault {describe_span(scenario.at_fault)}, agent {scenario.agent}, "
            f"away for {scenario.agent_away}"
        )
        return "\n".join(
            (
                played,
                *(f"  fault: {struck}" for struck in self.struck),
                *(f"  VIOLATION {found}" for found in self.violations),
            )
        )


def run(number: int, plan: Plan) -> Result:
    """Play it, let everything drain, look at the final state."""
    stage = staged(plan)
    try:
        stage.play()
        found = tuple(dict.fromkeys(violations(stage)))
    except Hung as error:
        found = (f"I9: a run without end: {error}",)
    finally:
        stage.close()
    struck = tuple(f"call {at}, {name}: {fault}" for at, name, fault in stage.calls.struck)
    return Result(number, plan, tuple(stage.calls.names), struck, found)


@lru_cache(1)
def calm() -> tuple[Result, ...]:
    """Each scenario without a fault."""
    return tuple(run(-1, Plan(scenario)) for scenario in SCENARIOS)


@lru_cache(1)
def enumerated() -> tuple[tuple[Scenario, tuple[Strike, ...]], ...]:
    """Every call of every scenario in every way, then the sends in a row, in this order."""
    each = (
        (result.plan.scenario, (Strike(at, kind),))
        for result in calm()
        for at, name in enumerate(result.calls, 1)
        for kind in range(len(faults_of(name)))
    )
    rows = (
        (result.plan.scenario, row)
        for result in calm()
        for at in range(1, sum(name in SENDS for name in result.calls) + 1)
        for row in _rows(at)
    )
    return (*each, *rows)


def striking(call: str) -> Iterator[int]:
    """The enumerated runs in which just one call of that name fails."""
    calls = {result.plan.scenario: result.calls for result in calm()}
    for number, (scenario, strikes) in enumerate(enumerated()):
        (first, *others) = strikes
        if not others and not first.send and calls[scenario][first.at - 1] == call:
            yield number


def sending() -> list[int]:
    """The enumerated runs in which three sends in a row fail, then those in which two do, each in a
    fixed order of chance.
    """
    rows = [number for number, (_, strikes) in enumerate(enumerated()) if strikes[0].send]
    Random(1).shuffle(rows)  # noqa: S311
    return sorted(rows, key=lambda number: -len(enumerated()[number][1]))


def _rows(at: int) -> Iterator[tuple[Strike, ...]]:
    """The send ``at`` and the next one fail in any two ways; and the third, in the worst ways."""
    ways = faults_of("dmp.submit")
    worst = [ways.index(fault) for fault in _WORST]
    for kinds in chain(product(range(len(ways)), repeat=2), product(worst, repeat=3)):
        yield tuple(Strike(at + n, kind, send=True) for n, kind in enumerate(kinds))


# Those after which nobody knows, and those that say no.
_WORST: Final = (Fault.DROPPED, Fault.LATE, Fault.BUSY, Fault.REFUSED)


def plan_of(number: int) -> Plan:
    """The run of that number. IndexError when it is not one."""
    if number >= RANDOM:
        return _random(Random(number))  # noqa: S311
    if number >= PAIRS:
        return _pair(Random(number))  # noqa: S311
    return Plan(*enumerated()[number])


def _pair(seed: Random) -> Plan:
    result = seed.choice(calm())
    # A fault makes the run longer: the second may strike what the first one caused.
    places = seed.sample(range(1, len(result.calls) * 5 // 4), 2)
    return Plan(result.plan.scenario, _strikes(seed, places))


def _random(seed: Random) -> Plan:
    scenario = random_scenario(seed)
    messages = len(scenario.arrivals)
    executions = seed.randint(1, max(1, 8 // messages))
    most = _CALLS_PER_MESSAGE * messages * executions
    places = seed.sample(range(1, most), min(seed.randint(0, 4), most - 1))
    return Plan(
        scenario,
        _strikes(seed, places),
        order=seed.getrandbits(32),
        operator=timedelta(minutes=seed.choice((30, 120, 120, 90 * 60))),
        executions=executions,
        outage=timedelta(minutes=seed.choice((0, 0, 0, 0, 5, 40))),
    )


def _strikes(seed: Random, places: list[int]) -> tuple[Strike, ...]:
    return tuple(Strike(at, seed.randrange(_KINDS * 100)) for at in sorted(places))


def numbers(first: int) -> Iterator[int]:
    """Every enumerated run, eight of them for each pair and random one; then those, without end,
    from the seed ``first`` on."""
    for place in count():
        begin = place * _IN_A_PLACE
        yield from range(begin, min(begin + _IN_A_PLACE, len(enumerated())))
        yield PAIRS + first + place
        yield RANDOM + first + place


def whole(first: int = 0) -> Iterator[int]:
    """:func:`numbers` until every enumerated run was there."""
    places = -(-len(enumerated()) // _IN_A_PLACE)
    yield from islice(numbers(first), len(enumerated()) + 2 * places)


def short(first: int = 0) -> Iterator[int]:
    """A sample of all of them, the same each time, without end."""
    by_faults = [
        [number for number, (_, strikes) in enumerate(enumerated()) if len(strikes) == faults]
        for faults in (1, 1, 1, 2, 3)
    ]
    for place, numbered in enumerate(by_faults):
        Random(place).shuffle(numbered)  # noqa: S311
    for place in count():
        yield from (numbered[place % len(numbered)] for numbered in by_faults)
        yield PAIRS + first + place
        yield RANDOM + first + place
