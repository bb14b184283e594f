"""Many sites without the DMP, or one without its PACS, for hours or days, on a virtual clock.

The breaker, the parking and the waking are those that run in production; a step asks the service
through its circuit and does nothing else. The sites know nothing of each other but the ceiling of
all starts, so that fewer sites under a ceiling as much lower tell the same of each of them.

A *transition* is what Step Functions bills: an entry of a state, or a retry. Those of a publication
that waits for nobody are not counted here.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any, Final, Literal

from functions.drimbox.breaker import SERVICE, Breaker
from functions.drimbox.errors import DmpUnavailable, PacsUnavailable, Transient
from functions.drimbox.oid import Uid
from functions.drimbox.publication.change import CONTINUE, PARKED, Change, Step
from functions.drimbox.publication.waiting.looking import Looker
from functions.drimbox.publication.waiting.parking import Parking
from functions.drimbox.publication.waiting.waking import Waker
from functions.drimbox.tenants.model import Link
from tests.campaign.at_once import StageTicks, StageWorkflow
from tests.fakes.memory import (
    MemoryCircuits,
    MemoryStarts,
    MemoryWaits,
    VirtualClock,
)

UNIT: Final = timedelta(minutes=1)
# The sites of the nation, the studies that they publish each second, and the starts of all of them
# together that the platform allows each second (decision 0079).
SITES: Final = 5000
STUDIES_PER_SECOND: Final = 8
STARTS_PER_SECOND: Final = 100
# Of a study, beside those of its publication.
_MOST_TRANSITIONS: Final = 8
_ERRORS: Final = {"dmp": DmpUnavailable, "pacs": PacsUnavailable}
_STEPS: Final = {"dmp": Step.PUBLISH_MANIFEST, "pacs": Step.INDEX_STUDY}


@dataclass(frozen=True, slots=True)
class Absence:
    """``service`` is away for ``lasts``; ``studies`` of each of ``sites`` come meanwhile; ``most``
    starts of executions a second of all sites together. ``largest``: one site more has so many
    studies, 0 for none."""

    service: Literal["dmp", "pacs"]
    lasts: timedelta
    sites: int
    studies: int
    most: int
    seed: int = 0
    largest: int = 0

    @property
    def counts(self) -> list[int]:
        """The studies of each site."""
        return [self.studies] * self.sites + ([self.largest] if self.largest else [])

    @classmethod
    def of_the_dmp(cls, sites: int, lasts: timedelta = timedelta(hours=8)) -> Absence:
        """So many sites as a share of the nation: eight studies a second over five thousand."""
        studies = round(STUDIES_PER_SECOND * lasts.total_seconds() / SITES)
        return cls("dmp", lasts, sites, studies, STARTS_PER_SECOND * sites // SITES)

    @classmethod
    def of_a_pacs(cls, studies: int, lasts: timedelta = timedelta(days=3)) -> Absence:
        """One site alone."""
        return cls("pacs", lasts, 1, studies, STARTS_PER_SECOND)


@dataclass
class Story:
    """The result. ``transitions`` and ``ticks``: of all sites; ``drained``: by site, how long after
    the return; ``busiest``: most starts in a second; ``oldest``: the longest an execution lasted.
    """

    absence: Absence
    published: int = 0
    transitions: int = 0
    ticks: int = 0
    wakes: int = 0
    drained: list[timedelta] = field(default_factory=list)
    busiest: int = 0
    oldest: timedelta = timedelta(0)

    @property
    def per_study(self) -> float:
        """Transitions that a study has beside those of its publication."""
        return self.transitions / sum(self.absence.counts)

    def violations(self) -> list[str]:
        """Nothing is lost, little is billed, nothing waits in an execution; the ceiling stands."""
        absence, found = self.absence, []
        if self.published != sum(absence.counts):
            found.append(f"I1: {self.published} published")
        if self.per_study > _MOST_TRANSITIONS:
            found.append(f"{self.per_study:.1f} transitions a study")
        if self.oldest >= UNIT:
            found.append(f"an execution that lasted {self.oldest}")
        if self.busiest > absence.most:
            found.append(f"{self.busiest} starts in a second")
        return found

    def __str__(self) -> str:
        return (
            f"{self.absence.service} away for {self.absence.lasts}, {self.absence.sites} sites: "
            f"{self.published} published, {self.per_study:.2f} transitions a study, "
            f"{self.ticks} ticks, {self.wakes} wakes, drained {max(self.drained)} after its "
            f"return, {self.busiest} starts in the busiest second, no execution older than "
            f"{self.oldest}"
        )


class _Site:
    """One site; its executions take no time but their pauses."""

    def __init__(self, nation: Nation, name: str, studies: int) -> None:
        self._nation, self._clock = nation, nation.clock
        self._service = nation.absence.service
        self.left = studies
        site: Any = SimpleNamespace(
            tenant=SimpleNamespace(
                link=Link.PUBLIC, outage_patience=timedelta(days=4), tenant=name
            ),
            clock=nation.clock,
            waits=MemoryWaits(),
            breaker=Breaker(MemoryCircuits(), nation.clock, UNIT),
        )
        self._breaker = site.breaker
        ticks = StageTicks(self._ring)
        self._parking = Parking(site, ticks, UNIT)
        looker = Looker(site, lambda _: self, site)
        workflow = StageWorkflow(self._woken)
        self._waker = Waker(site, ticks, workflow, nation.starts, looker, UNIT, self._failed)

    def arrive(self, number: int) -> None:
        """A report comes; its execution is at the step that asks."""
        change = Change("site", f"m{number}", Uid(f"1.2.{number}"), 0)
        self._try(change, 0, self._clock.now())

    def has_study(self, _: Uid) -> bool:
        """The PACS, as the ticks probe it."""
        if self._clock.now() < self._nation.back:
            raise PacsUnavailable("503")
        return False

    def _failed(self, change: Change, error: Exception) -> None:
        raise AssertionError(change) from error

    def _ring(self, number: int, after: timedelta) -> None:
        self._nation.later(after, lambda: self._tick(number))

    def _tick(self, number: int) -> None:
        self._nation.story.ticks += 1
        self._waker.tick(number)

    def _woken(self, change: Change, _: Step) -> None:
        story, now = self._nation.story, self._clock.now()
        story.wakes += 1
        story.transitions += 2  # Where, and the step once more
        self._nation.began[int(now.timestamp())] += 1
        # An execution begins a moment after its start.
        moment = timedelta(seconds=self._nation.chance.random())
        self._nation.later(moment, lambda: self._try(change, 0, now))

    def _try(self, change: Change, tries: int, began: datetime) -> None:
        nation, story = self._nation, self._nation.story
        try:
            step = _STEPS[self._service]
            state = self._parking.attempt(change, step, tries, self._ask)
        except Transient:
            story.transitions += 1
            pause = min(3.0 * 2**tries, 15.0) * nation.chance.random()
            nation.later(timedelta(seconds=pause), lambda: self._try(change, tries + 1, began))
            return
        story.oldest = max(story.oldest, self._clock.now() - began)
        if state["outcome"] == PARKED:
            story.transitions += 2  # the choice, and the end
            return
        story.published += 1
        self.left -= 1
        if not self.left:
            story.drained.append(self._clock.now() - nation.back)

    def _ask(self) -> dict[str, Any]:
        error = _ERRORS[self._service]
        leave = self._breaker.admit(self._service, SERVICE)
        if leave is None:
            raise error("asked again later", circuit=self._service)
        if self._clock.now() < self._nation.back:
            self._breaker.failed(leave)
            raise error("503")
        self._breaker.answered(leave)
        return {"outcome": CONTINUE}


class Nation:
    """All sites on one clock."""

    def __init__(self, absence: Absence) -> None:
        self.absence = absence
        self.clock = VirtualClock()
        self.chance = Random(absence.seed)  # noqa: S311
        self.begin = self.clock.now()
        self.back = self.begin + absence.lasts
        self.starts = MemoryStarts(self.clock, absence.most)
        self.story = Story(absence)
        self.began: Counter[int] = Counter()
        self._later: list[tuple[datetime, int, Callable[[], None]]] = []
        self._number = itertools.count()

    def later(self, after: timedelta, happen: Callable[[], None]) -> None:
        """``happen`` is called that much later."""
        heapq.heappush(self._later, (self.clock.now() + after, next(self._number), happen))

    def play(self) -> Story:
        """Reports come, by chance, for as long as the service is away; then everything drains."""
        for number, studies in enumerate(self.absence.counts):
            site = _Site(self, f"site-{number}", studies)
            for study in range(studies):
                after = self.absence.lasts * self.chance.random()
                self.later(after, lambda site=site, study=study: site.arrive(study))  # type: ignore[misc]
        while self._later:
            at, _, happen = heapq.heappop(self._later)
            self.clock.at = max(self.clock.at, at)
            happen()
        self.story.busiest = max(self.began.values(), default=0)
        return self.story


def play(absence: Absence) -> Story:
    """Play it to its end."""
    return Nation(absence).play()
