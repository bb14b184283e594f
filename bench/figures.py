"""A figure, how it is timed and how it is shown."""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Action = Callable[[], object]


class NotMeasured(Exception):
    """A measurement cannot be made; the message names what is missing."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report. ``met`` is None for a figure that has no goal."""

    name: str
    measured: str
    goal: str = ""
    met: bool | None = None

    @property
    def line(self) -> str:
        """The line as it is printed."""
        verdict = {True: "met", False: "MISSED", None: ""}[self.met]
        return f"  {self.name:<52} {self.measured:<34} {self.goal:<20} {verdict}".rstrip()


def at_most(name: str, value: float, limit: float, unit: str, note: str = "") -> Figure:
    """A figure that is good when it is small."""
    text = f"{value:.4g} {unit}"
    return Figure(name, f"{text}  {note}".rstrip(), f"<= {limit:g} {unit}", value <= limit)


def at_least(name: str, value: float, limit: float, unit: str, note: str = "") -> Figure:
    """A figure that is good when it is large."""
    text = f"{value:.3g} {unit}"
    return Figure(name, f"{text}  {note}".rstrip(), f">= {limit:g} {unit}", value >= limit)


def seconds(action: Action) -> float:
    """How long one call takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def alternate(
    ours: Action, peer: Action, rounds: int, ours_per_round: int = 1
) -> tuple[float, ...]:
    """Medians of ours and of the peer, in seconds, one after the other so that both get the same
    machine; each is called once before."""
    ours()
    peer()
    mine: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds):
        gc.collect()  # one measurement must not pay for the garbage of another
        mine += [seconds(ours) for _ in range(ours_per_round)]
        theirs.append(seconds(peer))
    return statistics.median(mine), statistics.median(theirs)


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; ``share`` from 0 to 1. ValueError without values."""
    if not values:
        raise ValueError("no value")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
