"""One run's world: the steps as they run, each external call counted, any of them made to fail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from types import SimpleNamespace
from typing import Any, Final
from unittest import mock

import httpx

from functions.drimbox.agents.answering import AnswerDesk
from functions.drimbox.dmp import vihf, xds
from functions.drimbox.dmp.client import DmpClient, DmpEndpoints
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.dmp.stored_submission import StoredSubmission
from functions.drimbox.dmp.vihf_facts import VihfFacts
from functions.drimbox.errors import (
    Absent,
    DmpOutcomeUnknown,
    DmpUnavailable,
    DrimboxError,
    Held,
    PacsUnavailable,
    RequestError,
    StorageUnavailable,
    Transient,
)
from functions.drimbox.identity.ins import Ins
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.jobs import lease
from functions.drimbox.jobs.desk import JobDesk
from functions.drimbox.jobs.job import BEAT, LEASE, LOST_AFTER_AT_SITE, OPEN, Job, Result
from functions.drimbox.oid import Uid
from functions.drimbox.operations.correcting import undo
from functions.drimbox.operations.overriding import Choice, override
from functions.drimbox.operations.replaying import replay
from functions.drimbox.publication import accepting, archive, filling
from functions.drimbox.publication.change import CONTINUE, Change, Step
from functions.drimbox.publication.inbox import note_id_of
from functions.drimbox.publication.notes import store_object
from functions.drimbox.publication.receive import receive
from functions.drimbox.publication.record import State, StudyRecord
from functions.drimbox.publication.site_fills import SiteFills
from functions.drimbox.publication.start import start
from functions.drimbox.publication.steps.hold import hold_publication
from functions.drimbox.publication.steps.prepare import Wishes, prepare_series
from functions.drimbox.publication.vihf_facts import vihf_facts
from functions.drimbox.report.model import Report
from functions.drimbox.study.index import StudyIndex
from functions.drimbox.tenants.model import Agent, Link, Sender, Structure
from tests.campaign.agents import NAME, LastWords, Ports, SiteProgram
from tests.campaign.at_once import StageTicks, StageWorkflow
from tests.campaign.dmp import Dmp, Entry, Holdings
from tests.campaign.faults import LIES, PARTIAL, SENDS, SPOILT, Fault, Strike
from tests.campaign.pacs import PartialPacs
from tests.campaign.preparing import (
    SPOOL,
    CountedImages,
    Images,
    Source,
    is_whole,
    with_more_series,
)
from tests.campaign.scenarios import (
    ELSEWHERE,
    HORIZON,
    NOTE,
    REJECTED,
    WRONG,
    Arrival,
    Scenario,
    note,
    raw,
)
from tests.campaign.scenarios import report as document_of
from tests.campaign.scheduler import Scheduler, Stopped
from tests.fakes.kept import signer
from tests.fakes.memory import (
    MemoryBell,
    MemoryJobQueue,
    MemoryQueue,
    MemoryRecords,
)
from tests.fakes.world import (
    ISSUER,
    LPS,
    OPERATOR,
    SENDER,
    SUBJECT,
    Calls,
    Killed,
    Port,
    World,
    study_index,
)

# The certificate of the agent at the site.
AGENT: Final = "CN=salle-serveur-1,O=Centre de radiologie Ambroise,C=FR"

# An execution waits this often for its turn, its study or the DMP; a hold is tried less often.
_TRIES: Final = 3600
_HOLD_TRIES: Final = 20
# A queue delivers a message that nobody confirms so often, and after so long.
_DELIVERIES: Final = 5
_INVISIBLE: Final = timedelta(minutes=90)
# Between two tries of a step, as infra/workflows/tasks.py has them.
_LONGEST_WAIT: Final = timedelta(seconds=15)
_TICK_INVISIBLE: Final = timedelta(minutes=12)
# A run that makes more calls than this has no end: in a fixed order, or with several workers.
_MOST_CALLS: Final = (3_000, 50_000)
_SHARES: Final = (0.0, 1 / 3, 1.0)
# The calls of one try to the DMP: the entry that gives way (or whether there is another system's),
# the send, the entry that came of it.
MOST_OF_A_TRY: Final = 3
_UNAVAILABLE: Final[Mapping[str, Callable[[], DrimboxError]]] = {
    "pacs": lambda: PacsUnavailable("injected"),
}
_LATER: Final = {Fault.LATE_SOON: timedelta(seconds=7), Fault.LATE: timedelta(minutes=10)}
_NOT_HELD: Final = "that the cache does not hold as it was prepared"
Answer = Callable[[], httpx.Response]


class Abandoned(BaseException):
    """The execution ended without a word and will not be retried."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. ``order``: the seed of the workers' interleaving, None for one after the other;
    ``operator``: how often an operator looks at held studies; ``executions``: how many of each;
    ``outage``: how long the DMP is away, from the first message on.
    """

    scenario: Scenario
    strikes: tuple[Strike, ...] = ()
    order: int | None = None
    operator: timedelta = timedelta(hours=2)
    executions: int = 1
    outage: timedelta = timedelta(0)


class _Calls(Calls):
    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage
        self._strikes = {(strike.send, strike.at): strike for strike in stage.plan.strikes}
        self._sends = 0
        self.struck: list[tuple[int, str, Fault]] = []

    def call(self, name: str, effect: Callable[..., Any], *args: Any, **more: Any) -> Any:
        stage = self._stage
        stage.scheduler.pause()
        self.names.append(name)
        number = len(self.names)
        if number > _MOST_CALLS[stage.plan.order is not None]:
            stage.violations.append("a run without end")
            stage.scheduler.stop()
            raise Stopped
        strike = self._strikes.get((False, number))
        if name in SENDS:
            self._sends += 1
            strike = self._strikes.get((True, self._sends), strike)
        if strike is None:
            return effect(*args, **more)
        fault = strike.fault(name)
        self.struck.append((number, name, fault))
        return stage.strike(name, fault, lambda: effect(*args, **more))


class _Queue(MemoryQueue):
    """Delivered at once, at least once."""

    def __init__(self, deliver: Callable[[str, int, datetime], None]) -> None:
        super().__init__()
        self._deliver = deliver

    def send(self, message_id: str, *, replay: int, received_at: datetime) -> None:
        self._deliver(message_id, replay, received_at)


class _FillQueue(MemoryJobQueue):
    """Delivered once its pause is over, at least once."""

    def __init__(self, ring: Callable[[Job, timedelta], None]) -> None:
        super().__init__()
        self._ring = ring

    def send(self, job: Job, *, after: timedelta) -> None:
        self._ring(job, after)


class _Bell(MemoryBell):
    """The queue of the site's agents, likewise."""

    def __init__(self, ring: Callable[[str, timedelta], None]) -> None:
        super().__init__()
        self._ring = ring

    def ring(self, key: str) -> None:
        self._ring(key, timedelta(0))


class _Records(MemoryRecords):
    """Looks at every write: nothing that was settled gives way to something older."""

    def __init__(self, violations: list[str]) -> None:
        super().__init__()
        self._violations = violations

    def put(self, record: StudyRecord) -> StudyRecord:
        before = self.get(record.study_instance_uid)
        stored = super().put(record)
        old, new = (r.current or r.withdrawn for r in (before, stored))
        if old is not None and (new is None or new.edition.is_older_than(old.edition)):
            self._violations.append("I5: an older edition replaced a newer one")
        if stored.version < before.version:
            self._violations.append("I5: the version went back")
        return stored


class _KeptDmp:
    """The real client in front of the DMP, for one try of a step; alike exchanges are made once
    (:mod:`dmp`)."""

    def __init__(self, stage: Stage, client: DmpClient, facts: VihfFacts) -> None:
        self._stage, self._client, self._facts = stage, client, facts
        self._builder = vihf.builder(facts, signer())
        self._calls, self._has_failed = 0, False

    def submit(self, submission: StoredSubmission) -> None:
        self._ask("dmp.submit", self._client.submit, submission)

    def update(self, update: bytes) -> None:
        self._ask("dmp.update", self._client.update, update)

    def entries(self, unique_id: Uid) -> tuple[DocumentEntry, ...]:
        found: tuple[DocumentEntry, ...] = self._ask(
            "dmp.entries", self._client.get_by_unique_id, unique_id
        )
        return found

    def of_study(self, patient: Ins, study_instance_uid: Uid) -> tuple[DocumentEntry, ...]:
        reference = xds.study_reference(study_instance_uid)
        found: tuple[DocumentEntry, ...] = self._ask(
            "dmp.of_study", self._client.find_by_reference_id, patient, reference
        )
        return found

    def _ask(self, name: str, method: Callable[..., Any], *args: Any) -> Any:
        self._calls += 1
        if self._calls > MOST_OF_A_TRY:
            self._stage.violations.append(f"I9: one try makes {self._calls} calls to the DMP")
        if self._has_failed:
            self._stage.violations.append("I9: a try goes on although the DMP did not answer")
        try:
            return self._stage.calls.call(name, lambda: self._answer(name, method, args))
        except (DmpUnavailable, DmpOutcomeUnknown):
            self._has_failed = True
            raise

    def _answer(self, name: str, method: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        stage, away = self._stage, self._stage.is_down
        fault, history = stage.wire, stage.dmp.holdings.history
        if fault in _LATER and not away:
            return method(*args, self._builder)  # its effect is still to come
        # Nobody reads a request while the DMP is away: nothing else tells two of them apart.
        heard = None if away else (stage.clock.now(), stage.made, history, fault)
        key = (name, args, self._facts, heard)
        known = _asked.get(key)
        if known is None:
            if len(_asked) >= _MOST_ASKED:
                _asked.clear()
            known = self._first(key, method, args)
        else:
            stage.dmp_calls += known.calls
            stage.made += known.made
            if away:
                stage.unheard += known.calls
            else:
                stage.dmp.holdings = known.holdings
                stage.watch()
        if known.error is not None:
            raise known.error.with_traceback(None)
        return known.answer

    def _first(self, key: Any, method: Callable[..., Any], args: tuple[Any, ...]) -> _Asked:
        stage, calls, made = self._stage, self._stage.dmp_calls, self._stage.made
        answer, error = None, None
        try:
            answer = method(*args, self._builder)
        except DrimboxError as raised:
            error = raised
        asked = _Asked(
            answer, error, stage.dmp_calls - calls, stage.made - made, stage.dmp.holdings
        )
        _asked[key] = asked
        return asked


@dataclass(frozen=True, slots=True)
class _Asked:
    """The result of one exchange. ``calls``, ``made``: the requests and the identifiers of it;
    ``holdings``: the DMP's after it."""

    answer: Any
    error: DrimboxError | None
    calls: int
    made: int
    holdings: Holdings


_asked: dict[Any, _Asked] = {}
_MOST_ASKED: Final = 10_000


@dataclass
class Stage(World):
    """A world on which a plan is played; ``violations`` lists the broken invariants."""

    plan: Plan = field(default_factory=lambda: Plan(Scenario("empty", ())))

    def __post_init__(self) -> None:
        self.violations: list[str] = []
        self.said: list[str] = []
        self.acknowledged: dict[str, Arrival] = {}
        self.executions = 0
        self.unheard = 0
        self.wire: Fault | None = None
        scenario = self.plan.scenario
        self._back = self.clock.now() + max(self.plan.outage, scenario.outage)
        seed = self.plan.order
        self._random = None if seed is None else Random(seed)  # noqa: S311
        self.scheduler = Scheduler(self.clock, self._random)
        self.calls: _Calls = _Calls(self)
        self.queue = _Queue(self._deliver)
        self.workflow = StageWorkflow(self._begin)
        self.ticks = StageTicks(self._tick)
        self.records = _Records(self.violations)
        self.pacs: PartialPacs = PartialPacs()
        self._was_stale = False
        self.cache: Images = Images()
        self.fill_queue = _FillQueue(self._ring)
        self.wishes = Wishes()
        self.tenant = replace(
            self.tenant,
            cache_on_publication=scenario.prepares,
            study_wait=scenario.study_wait or self.tenant.study_wait,
            agents=(Agent(NAME, AGENT, ISSUER),),
            senders=(*self.tenant.senders, Sender(*SENDER, AGENT, ISSUER)),
        )
        if scenario.agent:
            self.tenant = replace(self.tenant, link=Link.AGENT, pacs_url="")
        now = self.clock.now()
        away = (now, now + scenario.agent_away) if scenario.agent_away else None
        words = LastWords(self.clock, away)
        self.agent_states: Any = words
        self.bell = _Bell(self._ring_agent)
        self.at_fault: set[Uid] = set()
        self.program = SiteProgram(
            Ports(
                self.calls,
                self.clock,
                self.scheduler,
                words,
                self.pacs,
                self.cache,
                self.at_fault,
                lambda: self.answering,
                lambda: self.telling,
                (Killed, Abandoned, DrimboxError),
                self._hear,
            )
        )
        # By manifest and series, the results of its fills, in their order; "not given" until there
        # is one.
        self.prepared: dict[tuple[str, str], list[str]] = {}
        # Prepared series of which a note took the images before their manifest was in the DMP, and
        # the objects that the note left.
        self.taken_away: list[tuple[SeriesKeys, list[Uid]]] = []
        self._seen: set[str] = set()
        self.dmp = Dmp(self.clock)
        self.http = httpx.Client(transport=httpx.MockTransport(self._dmp), trust_env=False)

    def close(self) -> None:
        self.http.close()

    @property
    def fills(self) -> JobDesk:
        """The jobs that fill the cache: those of an agent take longer to come."""
        at_site = self.tenant.link is Link.AGENT
        return replace(super().fills, lost_after=LOST_AFTER_AT_SITE) if at_site else super().fills

    @property
    def answering(self) -> AnswerDesk:
        """Where the agent's answers are taken; each wakes the change that waits for it."""
        store: Any = Port("agent_answers", self.agent_answers, self.calls)
        nothing_sealed: Any = None
        no_packs: Any = None

        def wake(message_id: str, job: str) -> None:
            news = {"message_id": message_id, "answered": job}
            self.calls.call("ticks.answered", self._tell, news)

        tenant = self.tenant.tenant
        return AnswerDesk(tenant, self.agent.desk, store, nothing_sealed, no_packs, wake)

    @property
    def telling(self) -> SiteFills:
        """Where the agent is told of series, and says that it has brought them."""
        site, fills = self.site, self.fills
        ports = (site.records, site.archive, fills.jobs, fills.queue, self.clock)
        return SiteFills(self.tenant.tenant, *ports)

    def connect(self, report: Report, structure: Structure) -> Any:
        client = DmpClient(
            self.http, DmpEndpoints.under("https://dmp.example/services"), self.clock, self
        )
        return _KeptDmp(self, client, vihf_facts(report, structure, LPS))

    # --- the run

    def play(self) -> None:
        """All messages arrive, all work is done, and the operator looks at it."""
        plan, at = self.plan, self.clock.now()
        self._until = at + HORIZON
        if plan.scenario.chooses == WRONG:
            self.pacs.studies[Uid(WRONG)] = study_index(WRONG, accession="", patient="IPP999")
        self.scheduler.at(at + plan.scenario.images_after, self._images)
        if plan.scenario.images_change is not None:
            self.scheduler.at(at + plan.scenario.images_change, self._other_images)
        if plan.scenario.at_fault is not None:
            since, until = plan.scenario.at_fault
            first_study = Uid(plan.scenario.studies[0])
            self.scheduler.at(at + since, lambda: self.at_fault.add(first_study))
            self.scheduler.at(at + until, self.at_fault.clear)
        for arrival in plan.scenario.arrivals:
            at += arrival.after
            self.scheduler.at(at, lambda a=arrival: self._spawn(lambda: self._arrive(a)))  # type: ignore[misc]
        self._all_sent = at + timedelta(hours=1)  # a message is sent until it is acknowledged
        if plan.scenario.agent_away:
            self.scheduler.at(self.clock.now() + plan.scenario.agent_away, self._agent_is_back)
        first = self.clock.now() + plan.scenario.arrivals[0].after
        self.scheduler.at(first + plan.operator, self._visit)
        self.scheduler.at(first + timedelta(hours=1), self._sweep)
        # A lease is renewed beside the work, and both write it under its lock.
        with mock.patch.object(lease, "threading", SimpleNamespace(Lock=self.scheduler.lock)):
            self.scheduler.run()

    def _images(self) -> None:
        self.archive_study(document_of(self.plan.scenario.base, "P1"))
        if self.plan.scenario.chooses == ELSEWHERE:
            [study] = self.pacs.studies.values()
            number, patient = study.accession_number, study.patient_id
            moved = study_index(ELSEWHERE, accession=number, patient=patient)
            self.pacs.studies = {moved.study_instance_uid: moved}
        for uid, study in list(self.pacs.studies.items()):
            self.pacs.studies[uid] = with_more_series(study, self.plan.scenario.series)
        if self.plan.scenario.note_in_pacs:
            for uid, study in list(self.pacs.studies.items()):
                rejected = study.without({Uid(f"{uid}.1.{REJECTED}")})
                assert rejected is not None
                self.pacs.studies[uid] = rejected
                self.pacs.notes[uid] = note(self.plan.scenario.base)

    def _other_images(self) -> None:
        """One instance of each study is gone and another has come, or nothing is left."""
        for uid, study in list(self.pacs.studies.items()):
            if self.plan.scenario.images_left:
                self.pacs.studies[uid] = _changed(study)
            else:
                del self.pacs.studies[uid]

    def _spawn(self, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except Stopped:
                raise
            except BaseException as error:  # noqa: BLE001 - told, and the run fails
                self._hear(error)
                self.violations.append(f"I10: {type(error).__name__} got out: {error}")

        self.scheduler.spawn(guarded)

    def _pause(self, most: timedelta) -> None:
        """The whole pause, or some of it; in a few sizes, so that runs are alike for long."""
        share = 1.0 if self._random is None else self._random.choice(_SHARES)
        self.scheduler.sleep(most * share)

    def _arrive(self, arrival: Arrival) -> None:
        """The RIS sends until it reads AA, as its standard tells it to; so does the PACS."""
        for _ in range(20):
            try:
                said = self._send(arrival)
            except (Killed, Abandoned):
                said = None
            except DrimboxError as error:
                self._hear(error)
                said = None
            if said is not None:
                self.acknowledged[said] = arrival
                return
            self._pause(timedelta(seconds=30))
        self.violations.append("I1: a message that is never acknowledged")

    def _send(self, arrival: Arrival) -> str | None:
        """The identifier of an accepted message, None when it was not accepted."""
        base = self.plan.scenario.base
        if arrival.name == NOTE:
            given = store_object(note(base), None, self.note_desk, "pacs", request_id="request")
            if given.failure is not None or given.sop_instance_uid is None:
                return None
            return note_id_of(self.site.tenant.tenant, given.sop_instance_uid)
        brought = (AGENT, self.desk, self.clock.now()) if arrival.kept else (SUBJECT, self.desk)
        said = receive(raw(base, arrival), *brought)
        return said.message_id if said.code == "AA" else None

    def _deliver(self, message_id: str, number: int, received_at: datetime) -> None:
        def work() -> None:
            self._retried(
                lambda: start(
                    self.site,
                    Port("workflow", self.workflow, self.calls),
                    message_id,
                    replay=number,
                    received_at=received_at,
                ),
                tries=_TRIES,
                lost=(Killed, Abandoned),
            )

        self._spawn(work)

    def _begin(self, change: Change, at: Step) -> None:
        for _ in range(self.plan.executions):
            self.executions += 1
            self._spawn(lambda: self._execute(change, at))

    def _execute(self, change: Change, at: Step) -> None:
        """The workflow: steps in order, each tried again with growing pauses; then the hold. A
        step that waits for longer leaves the change to a wait.
        """
        try:
            self._steps_of(change, at)
        except Abandoned:
            return

    def _steps_of(self, change: Change, at: Step) -> None:
        try:
            for name, step in self._steps_from(at):
                state = self._tried(change, name, step)
                self.said.append(json.dumps(state))
                if state["outcome"] != "continue":
                    return
                if state.get("prepare") and not self._prepare(change):
                    return
                if name is Step.PREPARE_SERIES and not self._prepare(change):
                    return
        except DrimboxError as error:
            name_of, said = type(error).__name__, str(error)
            hold = lambda: hold_publication(self.site, change, name_of, said)  # noqa: E731
            try:
                self.said.append(str(self._retried(hold, tries=_HOLD_TRIES)))
            except Transient:
                return  # the execution fails; the message is seen as stalled
            self._look_at_hold(change, said)

    def _steps_from(self, at: Step) -> Iterator[tuple[Step | None, Callable[[Change], Any]]]:
        """The steps from that one on; ``build_manifest`` asks for the preparation itself."""
        named = (
            Step.READ_REPORT,
            Step.INDEX_STUDY,
            Step.BUILD_MANIFEST,
            Step.PUBLISH_MANIFEST,
            None,
        )
        if at is Step.PREPARE_SERIES:
            yield at, lambda change: change.state(outcome=CONTINUE)
        first = Step.PUBLISH_MANIFEST if at is Step.PREPARE_SERIES else at
        yield from list(zip(named, self._steps(), strict=True))[named.index(first) :]

    def _tried(
        self, change: Change, at: Step | None, step: Callable[[Change], dict[str, Any]]
    ) -> dict[str, Any]:
        if at is None:
            state: dict[str, Any] = self._retried(lambda: step(change), tries=_TRIES)
            return state
        tries = iter(range(_TRIES))
        parked_or_done: dict[str, Any] = self._retried(
            lambda: self.parking.attempt(change, at, next(tries), lambda: step(change)),
            tries=_TRIES,
            longest=_LONGEST_WAIT,
        )
        return parked_or_done

    def _prepare(self, change: Change) -> bool:
        """As the workflow does: a fault of content is held, after any other one it goes on; False
        when the change is parked.
        """
        try:
            state = self._tried(
                change,
                Step.PREPARE_SERIES,
                lambda change: prepare_series(self.site, self.fills, self.wishes, change),
            )
        except Held:
            raise
        except DrimboxError as error:
            self._hear(error)
            return True
        return bool(state["outcome"] == CONTINUE)

    def _agent_is_back(self) -> None:
        def beat() -> None:
            with suppress(Killed, Abandoned, Transient):
                self.calls.call("ticks.back", self._tell, {"back": True})

        self._spawn(beat)

    def _tell(self, news: Mapping[str, Any]) -> None:
        self._spawn(lambda: self._woken(news))

    def _tick(self, number: int, after: timedelta) -> None:
        at = self.clock.now() + after
        self.scheduler.at(at, lambda: self._spawn(lambda: self._woken({"tick": number})))

    def _woken(self, facts: Mapping[str, Any]) -> None:
        """A tick, or news of the agent; a message that nobody confirms comes back."""
        for _ in range(_DELIVERIES):
            try:
                self.waker.hear(facts)
            except (Killed, Abandoned, DrimboxError) as error:
                self._hear(error)
            else:
                return
            self.scheduler.sleep(_TICK_INVISIBLE)

    def _sweep(self) -> None:
        """Each hour, for as long as somebody looks."""
        if self.waits.waits:
            self._spawn(self._swept)
        if self.clock.now() < self._until and (self.waits.waits or self._is_open()):
            self.scheduler.at(self.clock.now() + timedelta(hours=1), self._sweep)

    def _swept(self) -> None:
        with suppress(Killed, Abandoned, Transient):
            self.waker.sweep()

    def _ring(self, job: Job, after: timedelta) -> None:
        if self.tenant.link is Link.AGENT and not job.told:
            self._ring_agent(job.key, after)
            return
        at = self.clock.now() + after
        self.scheduler.at(at, lambda: self._spawn(lambda: self._fill(job.key)))

    def _ring_agent(self, key: str, after: timedelta) -> None:
        at = self.clock.now() + after
        self.scheduler.at(at, lambda: self._spawn(lambda: self.program.ring(key)))

    def _fill(self, key: str) -> None:
        """A message of a fill job; one that nobody confirms comes back after 90 minutes."""
        images: Any = CountedImages(self.cache, self.calls)
        for _ in range(_DELIVERIES):
            try:
                job, _ = filling.work(self.site, images, self.fills, key, self._fill_one)
            except (Killed, Abandoned, DrimboxError) as error:
                self._hear(error)
            else:
                if job is not None and job.state not in OPEN:
                    self._outcomes(job).append(job.reason)
                return
            self.scheduler.sleep(_INVISIBLE)

    def _outcomes(self, job: Job) -> list[str]:
        """The outcomes of a series, as they were stored: nobody hears a worker that was taken for
        dead because it did not renew its lease in time."""
        facts = job.wish.facts
        manifest_uid = facts["edition"].partition("/")[0]
        return self.prepared.setdefault((manifest_uid, facts["series"]), [])

    @contextmanager
    def pulse(self, beat: Callable[[], bool], every: timedelta) -> Iterator[None]:
        """The lease of a fill is renewed beside it, by calls that may fail as any other."""
        is_over = False

        def beats() -> bool:
            try:
                return beat()
            except (Killed, Abandoned):
                return False

        def work() -> None:
            self.scheduler.sleep(every)
            while not is_over and beats():
                self.scheduler.sleep(every)

        self._spawn(work)
        try:
            yield
        finally:
            is_over = True

    def _fill_one(self, job: Job) -> Result:
        self._outcomes(job).append("not given")
        # As a large series does: it takes longer than a lease.
        self._pause(LEASE + BEAT)
        images: Any = CountedImages(self.cache, self.calls)
        if self.tenant.link is Link.AGENT:
            return accepting.accept(self.site, images, job, spool=SPOOL)
        source: Any = Source(self.pacs, self.calls, self.at_fault)
        return filling.fill(self.site, images, source, job, spool=SPOOL)

    def _look_at_hold(self, change: Change, said: str) -> None:
        """A held study is held in its record too, while nobody else has touched it; and the archive
        names the objects for which it is."""
        pending = self.records.get(change.study_instance_uid).pending
        mine = pending is not None and pending.message_id == change.message_id
        if self._random is None and mine and pending.state is not State.HELD:  # type: ignore[union-attr]
            self.violations.append("I1: held, and the record does not say so")
        if self._random is None and mine and said == "object_unservable":
            intent = archive.intent_id(change, pending.attempt)  # type: ignore[union-attr]
            entry = self.log.entries[change.message_id].studies[change.study_instance_uid]
            named = archive.key_of(intent, archive.UNSERVABLE) in self.archive.objects
            if entry.reason != said or not named:
                self.violations.append("I12: held for an object, and nobody learns for which")

    def _retried(
        self,
        work: Callable[[], Any],
        *,
        tries: int,
        lost: tuple[type[BaseException], ...] = (Killed,),
        longest: timedelta = timedelta(seconds=300),
    ) -> Any:
        pause = timedelta(seconds=3)
        for _ in range(tries):
            try:
                return work()
            except Held as error:
                self._hear(error)
                raise
            except Transient as error:
                self._hear(error)
                last: DrimboxError = error
            except lost:
                last = Transient("killed")
            self._pause(pause)
            pause = min(pause * 2, longest)
        raise last

    # --- the operator

    def _visit(self) -> None:
        """Somebody looks, again and again, for as long as there is something to look at."""
        waiting = [
            message_id
            for message_id, entry in self.log.entries.items()
            if entry.held
            or any(study.is_replayable(self.clock.now()) for study in entry.studies.values())
        ]
        if waiting:
            self._spawn(lambda: self._replay(waiting))
        if self._is_open() and self.clock.now() < self._until:
            self.scheduler.at(self.clock.now() + self.plan.operator, self._visit)

    def _is_open(self) -> bool:
        """Whether there is something to look at, or to come."""
        open_ones = any(e.state in {"held", "in_progress"} for e in self.log.entries.values())
        unseen = set(self.acknowledged) - set(self.log.entries)
        return self.clock.now() < self._all_sent or open_ones or bool(unseen)

    def _replay(self, waiting: list[str]) -> None:
        for message_id in waiting:
            try:
                queue: Any = Port("queue", self.queue, self.calls)
                self._decide(message_id)
                replay(self.site, queue, OPERATOR, message_id=message_id)
            except Absent:
                continue  # it has ended in the meantime
            except (Killed, Abandoned, Transient) as error:
                self._hear(error)  # the page says so; the next visit tries again

    def _decide(self, message_id: str) -> None:
        """The operator chooses a study for a report whose own one is not in the PACS, or takes the
        choice back."""
        wanted, entry = self.plan.scenario.chooses, self.log.entries[message_id]
        own, chosen = Uid(self.plan.scenario.studies[0]), Uid(wanted) if wanted else None
        held = {study: one.reason for study, one in entry.studies.items() if one.reason}
        if chosen is None:
            return
        with suppress(RequestError):  # it went on in the meantime
            if held.get(own) == "study_not_found" and not entry.override:
                choice = Choice({own: chosen}, None)
                override(self.site, OPERATOR, message_id=message_id, choice=choice)
            elif wanted == WRONG and chosen in held:
                undo(self.site, OPERATOR, message_id=message_id)

    # --- errors as a runtime would log them

    def _hear(self, error: BaseException) -> None:
        """All that a runtime would log of an error: its text and that of its causes."""
        seen: BaseException | None = error
        while seen is not None:
            self.said.append(f"{seen} {seen.args!r}")
            seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)

    # --- the outside

    def strike(self, name: str, fault: Fault, effect: Callable[[], Any]) -> Any:
        """The call fails in that way."""
        if fault is Fault.KILLED_BEFORE:
            raise Killed(name)
        if fault is Fault.SWALLOWED:
            return None
        if fault in {Fault.KILLED_AFTER, Fault.ABANDONED}:
            effect()
            raise (Killed if fault is Fault.KILLED_AFTER else Abandoned)(name)
        if name.startswith("dmp."):
            self.dmp_fault, self.wire = _ON_THE_WIRE[fault](self), fault
            try:
                return effect()
            finally:
                self.dmp_fault = self.wire = None
        if fault in {*PARTIAL, *SPOILT}:
            self.pacs.fault = fault
            try:
                return effect()
            finally:
                self.pacs.fault = None
        if fault in {*LIES, Fault.ANOTHER_ANSWER}:
            self.program.lie = fault
            try:
                return effect()
            finally:
                self.program.lie = None
        if fault is Fault.STALE and not self._was_stale:
            self._was_stale = True
            return None  # the PACS does not know the study yet; twice would be a statement
        if fault not in {Fault.FAILED, Fault.STALE}:
            effect()
        if fault is Fault.TWICE:
            return effect()
        port = name.partition(".")[0]
        raise _UNAVAILABLE.get(port, lambda: StorageUnavailable("injected"))()

    @property
    def is_down(self) -> bool:
        """The DMP's outage is not over."""
        return self.clock.now() < self._back

    def _dmp(self, request: httpx.Request) -> httpx.Response:
        self.dmp_calls += 1
        request.read()
        if self.is_down:
            self.unheard += 1
            return httpx.Response(503, content=b"")
        if self.dmp_fault is not None:
            return self.dmp_fault(request, lambda: self.answer(request))
        return self.answer(request)

    def answer(self, request: httpx.Request, **more: Any) -> httpx.Response:
        """The DMP's answer; its holdings are then checked."""
        service = request.url.path.rpartition("/")[2]
        said = self.dmp.exchange(service, request.content, request.headers["content-type"], **more)
        self.watch()
        return httpx.Response(
            said.status, headers={"content-type": said.content_type}, content=said.body
        )

    def watch(self) -> None:
        """At every moment. I2: one active manifest per study at most. I11: it names all that the
        PACS holds and nothing that it rejects, and nothing is withdrawn unless somebody asks.
        """
        entries = self.dmp.entries()
        for study in self.plan.scenario.places:
            ours = [entry for entry in entries if any(study in r for r in entry.references)]
            active = [entry for entry in ours if entry.is_active_manifest]
            if len(active) > 1:
                self.violations.append("I2: two active manifests of one study")
            if not all(self._is_whole(Uid(study), entry.content) for entry in active):
                self.violations.append("I11: a manifest does not name the images of the PACS")
            for entry in active:
                if self.plan.scenario.prepares and entry.unique_id not in self._seen:
                    self._seen.add(entry.unique_id)
                    self._look_at_preparation(Uid(study), entry)
            is_withdrawn = any(entry.status == "Deleted" for entry in ours)
            if is_withdrawn and not self.plan.scenario.may_be_withdrawn:
                self.violations.append("I11: a manifest was withdrawn and nobody asked for it")

    def _look_at_preparation(self, study: Uid, entry: Entry) -> None:
        """I12, when a manifest appears: its series were prepared and could be served."""
        for series in self.pacs.studies[study].series:
            uids = [ref.sop_instance_uid for ref in series.instances]
            keys = SeriesKeys(study, Uid(entry.unique_id), series.series_instance_uid)
            found = self._fault_of_preparation(keys, uids)
            notes = len(self.records.get(study).rejections)
            if found and notes:
                # It was made before the note, or after it.
                left = [uid for uid in uids if uid != f"{study}.1.{REJECTED}"]
                keys = replace(keys, notes=notes)
                found = self._fault_of_preparation(keys, left)
                nothing = not any(keys.series_instance_uid in key for key in self.cache.objects)
                if found == _NOT_HELD and nothing:
                    # The change was being sent when the note came: nothing is prepared again.
                    self.taken_away.append((keys, left))
                    found = ""
            if found:
                self.violations.append(f"I12: a manifest of a series {found}")

    def _fault_of_preparation(self, keys: SeriesKeys, uids: list[Uid]) -> str:
        outcomes = self.prepared.get((str(keys.manifest_uid), keys.series_instance_uid), [])
        in_turn = self._random is None
        # Several executions may get several answers; a later one may find the object corrected.
        last = outcomes[-1:] if in_turn else outcomes
        if "held:object_unservable" in last and "cached" not in last:
            return "that can never be served"
        is_doubtful = any(name in SENDS for _, name, _ in self.calls.struck)
        if in_turn and not last and not is_doubtful:
            return "that nobody has prepared"
        if in_turn and last == ["cached"] and not is_whole(self.cache, keys, uids):
            return _NOT_HELD
        return ""

    def _is_whole(self, study: Uid, manifest: bytes) -> bool:
        """Only of images that do not change can it be told at every moment."""
        scenario, there = self.plan.scenario, self.pacs.studies.get(study)
        if scenario.images_change is not None or there is None:
            return True
        rejected = f"{study}.1.{REJECTED}"
        named = (str(ref.sop_instance_uid) for one in there.series for ref in one.instances)
        whole = all(
            uid.encode() in manifest
            for uid in named
            if not (scenario.is_rejected and uid == rejected)
        )
        return whole and not (scenario.note_in_pacs and rejected.encode() in manifest)


OnTheWire = Callable[[httpx.Request, Answer], httpx.Response]


def _lost(stage: Stage) -> OnTheWire:
    def fault(request: httpx.Request, answer: Answer) -> httpx.Response:
        answer()
        raise httpx.ReadError("connection closed", request=request)

    return fault


def _failed(stage: Stage) -> OnTheWire:
    def fault(request: httpx.Request, answer: Answer) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    return fault


def _dropped(stage: Stage) -> OnTheWire:
    def fault(request: httpx.Request, answer: Answer) -> httpx.Response:
        raise httpx.ReadTimeout("no answer", request=request)

    return fault


def _late(delay: timedelta) -> Callable[[Stage], OnTheWire]:
    def made(stage: Stage) -> OnTheWire:
        def fault(request: httpx.Request, answer: Answer) -> httpx.Response:
            came = stage.clock.now()
            stage.scheduler.at(came + delay, lambda: _commit(stage, request, came))
            raise httpx.ReadTimeout("no answer", request=request)

        return fault

    return made


def _commit(stage: Stage, request: httpx.Request, came: datetime) -> None:
    """The DMP gets to it at last; the assertion is judged by when it came."""
    stage.answer(request, received_at=came)


def _garbled(stage: Stage) -> OnTheWire:
    def fault(request: httpx.Request, answer: Answer) -> httpx.Response:
        answer()
        return httpx.Response(200, content=b"<html>proxy</html>")

    return fault


def _stale(stage: Stage) -> OnTheWire:
    def fault(request: httpx.Request, answer: Answer) -> httpx.Response:
        return _said(request, stage.dmp.stale)

    return fault


def _refused(code: str) -> Callable[[Stage], OnTheWire]:
    def made(stage: Stage) -> OnTheWire:
        def fault(request: httpx.Request, answer: Answer) -> httpx.Response:
            return _said(request, partial(stage.dmp.refuse, code=code))

        return fault

    return made


def _said(request: httpx.Request, ask: Callable[[str, bytes, str], Any]) -> httpx.Response:
    service = request.url.path.rpartition("/")[2]
    said = ask(service, request.content, request.headers["content-type"])
    return httpx.Response(
        said.status, headers={"content-type": said.content_type}, content=said.body
    )


_ON_THE_WIRE: Final[Mapping[Fault, Callable[[Stage], OnTheWire]]] = {
    Fault.LOST: _lost,
    Fault.FAILED: _failed,
    Fault.DROPPED: _dropped,
    Fault.LATE_SOON: _late(_LATER[Fault.LATE_SOON]),
    Fault.LATE: _late(_LATER[Fault.LATE]),
    Fault.GARBLED: _garbled,
    Fault.STALE: _stale,
    Fault.BUSY: _refused("XDSRegistryBusy"),
    Fault.REFUSED: _refused("XDSRegistryError"),
}


def _changed(study: StudyIndex) -> StudyIndex:
    series = study.series[0]
    *kept, gone = series.instances
    number = len(series.instances) + 1
    come = replace(
        gone, sop_instance_uid=Uid(f"{series.series_instance_uid}.{number}"), instance_number=number
    )
    changed = replace(series, instances=(*kept, come))
    return replace(study, series=(changed, *study.series[1:]))


def staged(plan: Plan) -> Stage:
    """A world for ``plan``; nothing of it is on disk."""
    return Stage(plan=plan)
