"""A PACS or DMP that is away for hours while reports keep coming, on a virtual clock.

The steps are those that run in production and so are the breaker's circuits; a called service
answers at once or not at all. Executions wait as the state machine makes them, for less than a
minute; then their changes are parked, and the ticks wake them (decision 0079). How the one that is
away fails, and which probes die, is chance too: the seed says all of it.
"""

from __future__ import annotations

import hashlib
import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, Literal

from functions.drimbox.dmp import xds
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.dmp.stored_submission import StoredSubmission
from functions.drimbox.errors import (
    DmpOutcomeUnknown,
    DmpUnavailable,
    DrimboxError,
    Held,
    PacsUnavailable,
    Transient,
)
from functions.drimbox.identity.ins import Ins
from functions.drimbox.manifest.read import read
from functions.drimbox.oid import Uid
from functions.drimbox.publication.change import CONTINUE, PARKED, Change, Step
from functions.drimbox.publication.receive import receive
from functions.drimbox.publication.start import start
from functions.drimbox.publication.steps.hold import hold_publication
from functions.drimbox.report.model import Report
from functions.drimbox.tenants.model import Structure
from simulators.ris.messages import message
from tests.campaign.at_once import StageTicks
from tests.fakes.world import SENDER, SUBJECT, Killed, World, case

MINUTE: Final = timedelta(minutes=1)
# The longest pause between two tries in one execution; see infra/workflows/tasks.py.
_LONGEST_WAIT: Final = timedelta(seconds=15)
# A tick whose function was killed comes back.
_INVISIBLE: Final = timedelta(minutes=12)
Service = Literal["dmp", "pacs"]


@dataclass(frozen=True, slots=True)
class Outage:
    """``service`` is away for ``lasts``, from the first report on; ``reports`` come meanwhile.

    ``alone``: the DMP fails for the publication of the first report, and answers all others.
    """

    service: Service
    lasts: timedelta
    reports: int
    seed: int = 0
    alone: bool = False

    def __str__(self) -> str:
        if self.alone:
            return f"dmp fails for one of {self.reports} publications for {self.lasts}"
        return f"{self.service} away for {self.lasts} while {self.reports} reports come"


@dataclass(frozen=True, slots=True)
class Story:
    """The result of an outage. ``asked``: the calls while it was away; ``attempts``: of all
    steps; ``parked``: the waits outside an execution.
    """

    asked: tuple[datetime, ...]
    drained_in: timedelta
    published: int
    sends: Counter[str]
    held: int
    attempts: int
    busiest: int
    delayed: int
    parked: int

    def __str__(self) -> str:
        return (
            f"{self.published} published, drained in {self.drained_in}, asked {len(self.asked)} "
            f"times while away, {self.busiest} times in the busiest ten seconds after"
        )

    def violations(self, outage: Outage) -> list[str]:
        """The violations."""
        found = []
        # Three failures are needed to know; from then on, one call a minute.
        known = self.asked[3:]
        fast = any(b - a < MINUTE for a, b in itertools.pairwise(known))
        if fast and not outage.alone:
            found.append("I9: asked more than once a minute while away")
        if outage.alone and self.delayed:
            found.append(f"I9: others waited {self.delayed} times for the failure of one")
        if not known:
            found.append("I9: nobody asked whether it is back")
        if self.drained_in > timedelta(hours=1):
            found.append(f"I9: drained in {self.drained_in}")
        if self.published != outage.reports or self.held:
            found.append(f"I1: {self.published} of {outage.reports} published, {self.held} held")
        if len(self.sends) != outage.reports or set(self.sends.values()) != {1}:
            found.append("I2: something was published twice or never")
        # The breaker's forty-five publications, of two calls each, and those that arrive.
        if self.busiest > 100:
            found.append(f"I9: {self.busiest} calls within ten seconds of its return")
        return found


@dataclass
class _Execution:
    change: Change
    steps: Iterator[tuple[Step | None, Callable[[Change], dict[str, Any]]]]
    at: Step | None
    step: Callable[[Change], dict[str, Any]]
    pause: timedelta = timedelta(seconds=3)
    tries: int = 0


@dataclass
class _Site(World):
    """One site; ``outage`` is its plan."""

    outage: Outage = field(default_factory=lambda: Outage("dmp", timedelta(0), 0))

    def __post_init__(self) -> None:
        self.chance = Random(self.outage.seed)  # noqa: S311
        self.back = self.clock.now() + self.outage.lasts
        self.asked: list[datetime] = []
        self.committed: dict[str, DocumentEntry] = {}
        self.sends: Counter[str] = Counter()
        self.after: Counter[int] = Counter()
        self.held = self.attempts = self.delayed = 0
        self.study = self.first = ""
        self.pacs.fails = lambda: self.ask("pacs", lambda: None)
        self.parked = 0
        self._later: list[tuple[datetime, int, Callable[[], None]]] = []
        self._number = itertools.count()
        self.ticks = StageTicks(self._tick)

    def connect(self, report: Report, structure: Structure) -> Any:
        self.study = report.document.exams[0].study_instance_uid
        self.first = self.first or self.study
        return self

    # --- calls

    def ask(self, service: Service, effect: Callable[[], Any]) -> Any:
        """An answer, or a failure of the service that is away."""
        if service != self.outage.service:
            return effect()
        now = self.clock.now()
        if self.outage.alone and self.study != self.first:
            return effect()
        if now >= self.back:
            self.after[(now - self.back) // timedelta(seconds=10)] += 1
            return effect()
        self.asked.append(now)
        chance = self.chance.random()
        if chance < 0.05:
            raise Killed(service)
        if service == "pacs":
            raise PacsUnavailable("503")
        alone = self.outage.alone
        if chance < 0.7:
            raise DmpUnavailable("503", alone=alone)
        if chance < 0.75:
            effect()
        raise DmpOutcomeUnknown("no answer", alone=alone)

    def submit(self, submission: StoredSubmission) -> None:
        self.ask("dmp", lambda: self._commit(submission.documents[0].content))

    def _commit(self, kos: bytes) -> None:
        uid = str(read(kos).sop_instance_uid)
        self.sends[uid] += 1
        self.committed[uid] = DocumentEntry(
            unique_id=uid,
            entry_uuid=f"urn:uuid:{len(self.committed)}",
            sha1=hashlib.sha1(kos, usedforsecurity=False).hexdigest(),
            size=len(kos),
            status=xds.APPROVED,
            **_ABSENT,
        )

    def entries(self, unique_id: Uid) -> tuple[DocumentEntry, ...]:
        def known() -> tuple[DocumentEntry, ...]:
            found = self.committed.get(str(unique_id))
            return () if found is None else (found,)

        found: tuple[DocumentEntry, ...] = self.ask("dmp", known)
        return found

    def update(self, metadata: bytes) -> None:
        raise AssertionError("nothing is withdrawn here")

    def of_study(self, patient: Ins, study_instance_uid: Uid) -> tuple[DocumentEntry, ...]:
        found: tuple[DocumentEntry, ...] = self.ask("dmp", lambda: ())
        return found

    # --- events

    def play(self) -> None:
        """Reports come for as long as it is away; then everything drains."""
        gap = self.outage.lasts / max(1, self.outage.reports)
        begin = self.clock.now()
        for number in range(self.outage.reports):
            self._until(begin + gap * number)
            self._arrive(number)
        self._until(None)

    def _arrive(self, number: int) -> None:
        report = case("C").fresh(f"{self.outage.seed}-{number}")
        self.archive_study(report)
        at = self.clock.now()
        receive(
            message(report, "ORU", sender=SENDER, control_id=str(number), at=at), SUBJECT, self.desk
        )
        while self.queue.messages:
            message_id, replay, received_at = self.queue.messages.pop()
            known = set(self.workflow.started)
            start(self.site, self.workflow, message_id, replay=replay, received_at=received_at)
            self._begin(known)

    def _begin(self, known: set[tuple[str, str, int, int]]) -> None:
        """The executions that were started since."""
        for key in set(self.workflow.started) - known:
            at = self.workflow.begun[key]
            steps = iter([*zip(_NAMED, self._steps(), strict=True)][_NAMED.index(at) :])
            self._wait(_Execution(self.workflow.started[key], steps, *next(steps)), timedelta(0))

    def _tick(self, number: int, after: timedelta) -> None:
        self._at(after, lambda: self._look(number))

    def _look(self, number: int) -> None:
        known = set(self.workflow.started)
        try:
            self.waker.tick(number)
        except Killed:
            self._at(_INVISIBLE, lambda: self._look(number))
        self._begin(known)

    def _until(self, end: datetime | None) -> None:
        while self._later and (end is None or self._later[0][0] <= end):
            at, _, happen = heapq.heappop(self._later)
            self.clock.at = max(self.clock.at, at)
            happen()
        if end is not None:
            self.clock.at = max(self.clock.at, end)

    def _at(self, pause: timedelta, happen: Callable[[], None]) -> None:
        heapq.heappush(self._later, (self.clock.now() + pause, next(self._number), happen))

    def _wait(self, execution: _Execution, pause: timedelta) -> None:
        self._at(pause, lambda: self._attempt_of(execution))

    def _attempt_of(self, execution: _Execution) -> None:
        self.attempts += 1
        change, at = execution.change, execution.at
        try:
            if at is None:
                state = execution.step(change)
            else:
                state = self.parking.attempt(
                    change, at, execution.tries, lambda: execution.step(change)
                )
        except Held as error:
            self._hold(execution, error)
        except (Transient, Killed):
            execution.tries += 1
            self.delayed += change.study_instance_uid != self.first
            self._wait(execution, execution.pause * self.chance.random())
            execution.pause = min(execution.pause * 2, _LONGEST_WAIT)
        else:
            if state["outcome"] == PARKED:
                self.parked += 1
                self.delayed += change.study_instance_uid != self.first
            if state["outcome"] != CONTINUE:
                return
            with suppress(StopIteration):
                following = next(execution.steps)
                self._wait(_Execution(change, execution.steps, *following), timedelta(0))

    def _hold(self, execution: _Execution, error: DrimboxError) -> None:
        self.held += 1
        hold_publication(self.site, execution.change, type(error).__name__, str(error))


_NAMED: Final = (
    Step.READ_REPORT,
    Step.INDEX_STUDY,
    Step.BUILD_MANIFEST,
    Step.PUBLISH_MANIFEST,
    None,
)
_ABSENT: Final[dict[str, Any]] = {
    "patient_id": "",
    "mime_type": "application/dicom",
    "type_code": None,
    "event_codes": (),
    "confidentiality_codes": (),
    "reference_ids": (),
    "author_persons": (),
    "author_institutions": (),
    "legal_authenticator": "",
    "creation_time": "",
    "service_start_time": "",
    "service_stop_time": "",
    "title": "",
    "repository_unique_id": "",
}


def play(outage: Outage) -> Story:
    """Play it to its end."""
    site = _Site(outage=outage)
    site.play()
    states = [entry.state for entry in site.log.entries.values()]
    return Story(
        asked=tuple(site.asked),
        drained_in=site.clock.now() - site.back,
        published=states.count("published"),
        sends=site.sends,
        held=site.held,
        attempts=site.attempts,
        busiest=max(site.after.values(), default=0),
        delayed=site.delayed,
        parked=site.parked,
    )
