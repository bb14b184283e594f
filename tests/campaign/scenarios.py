"""What is sent, in which order, and what must be true in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from random import Random
from typing import Final

from simulators.ris.cases import Case
from simulators.ris.messages import message
from tests.fakes.memory import VirtualClock
from tests.fakes.world import SENDER, case

# The first letter of a message's name is what it asks for: publish, replace, withdraw.
_ACTIONS: Final = {"P": "NW", "R": "RO", "W": "CA"}
MESSAGES: Final = ("P1", "R2", "R3", "W1", "W2", "W3")
HORIZON: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message reaches us. ``name``: its action and CDA version; ``copy``: under which control id
    (the same copy again is a resend); ``after``: how long after the previous one."""

    name: str
    copy: int = 0
    after: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Scenario:
    """``base``: the case of the test plan. ``images_after``: when the PACS has them."""

    name: str
    arrivals: tuple[Arrival, ...]
    base: str = "C"
    images_after: timedelta = timedelta(0)

    @property
    def studies(self) -> tuple[str, ...]:
        """The studies that the messages are about."""
        return case(self.base).studies

    @property
    def last(self) -> str:
        """The message that has the last word: the latest version, then a withdrawal."""
        return max((a.name for a in self.arrivals), key=lambda name: (name[1], name[0]))


@cache
def report(base: str, name: str) -> Case:
    """The document that a message carries."""
    number = int(name[1])
    first = case(base)
    changed = {} if number == 1 else {"cda_id": f"{first.cda_id}.{number}", "version": number}
    former = {2: first.cda_id, 3: f"{first.cda_id}.2"}.get(number, "")
    return replace(first, **changed, replaces=former, action=_ACTIONS[name[0]])  # type: ignore[arg-type]


@cache
def raw(base: str, arrival: Arrival) -> bytes:
    """The message, byte for byte the same each time that this copy is sent."""
    control_id = f"{arrival.name}-{arrival.copy}"
    at = VirtualClock().now()
    return message(report(base, arrival.name), sender=SENDER, control_id=control_id, at=at)


def _in_order(*names: str) -> tuple[Arrival, ...]:
    return tuple(Arrival(name) for name in names)


SCENARIOS: Final = (
    Scenario("publish", _in_order("P1")),
    Scenario("correct", _in_order("P1", "R2")),
    Scenario("withdraw", _in_order("P1", "W1")),
    Scenario("correction before original", _in_order("R2", "P1")),
    Scenario("withdrawal before original", _in_order("W1", "P1")),
    Scenario("return after withdrawal", _in_order("P1", "W1", "R2")),
    Scenario("two studies in one report", _in_order("P1", "R2"), base="F"),
    Scenario("held then replayed", _in_order("P1"), images_after=timedelta(minutes=90)),
)


def random_scenario(seed: Random) -> Scenario:
    """At most five messages, some of them twice, minutes or nothing apart."""
    chosen = [seed.choice(MESSAGES) for _ in range(seed.randint(1, 5))]
    gaps = (timedelta(0), timedelta(seconds=1), timedelta(seconds=10), timedelta(minutes=20))
    arrivals = [Arrival(name, seed.randint(0, 1), seed.choice(gaps)) for name in chosen]
    return Scenario(
        "random",
        tuple(arrivals),
        base="F" if seed.random() < 0.15 else "C",
        images_after=timedelta(minutes=seed.choice((0, 0, 0, 10))),
    )


def describe(arrivals: Sequence[Arrival]) -> str:
    """The messages in words."""
    return ", ".join(f"{a.name}/{a.copy} +{a.after.total_seconds():g}s" for a in arrivals)
