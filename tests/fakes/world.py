"""One site, its PACS and the DMP in one process: the steps as they run, without AWS.

The DMP is the simulator's own registry (signatures, VIHF and metadata are really checked), reached
through the real client. Every call to a port is numbered; any of them can be made to fail before it
happens or after its effect, which is what a killed function looks like from outside.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from cryptography.hazmat.primitives.serialization import Encoding

from functions.aws.secrets import open_signer
from functions.drimbox.agents.desk import QuestionDesk
from functions.drimbox.agents.site_pacs import AgentPacs, SiteAgent
from functions.drimbox.breaker import Breaker
from functions.drimbox.dmp import vihf
from functions.drimbox.dmp.client import DmpClient, DmpEndpoints
from functions.drimbox.dmp.formats import DeviceAuthor
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.dmp.signing import SHA1
from functions.drimbox.dmp.stored_submission import StoredSubmission
from functions.drimbox.dmp.vihf_facts import LpsIdentity
from functions.drimbox.dmp.xds import study_reference
from functions.drimbox.errors import DrimboxError, Held, Transient
from functions.drimbox.identity.ins import Ins
from functions.drimbox.identity.sealing import NONCE_BYTES, Seal
from functions.drimbox.images.store_request import Stored
from functions.drimbox.jobs.desk import JobDesk
from functions.drimbox.jobs.job import Job
from functions.drimbox.oid import Oid, Uid
from functions.drimbox.operations.causes import CauseBook
from functions.drimbox.operations.permissions import Caller
from functions.drimbox.operations.replaying import replay
from functions.drimbox.ports import Signer
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.finding import PURPOSE, Finder
from functions.drimbox.publication.known_traits import KnownTraits
from functions.drimbox.publication.message_entry import MessageEntry
from functions.drimbox.publication.notes import NoteDesk, store_object
from functions.drimbox.publication.ports import Site
from functions.drimbox.publication.receive import Desk, Reception, receive
from functions.drimbox.publication.start import start
from functions.drimbox.publication.steps.admit import admit_report
from functions.drimbox.publication.steps.build import build_manifest
from functions.drimbox.publication.steps.hold import hold_publication
from functions.drimbox.publication.steps.index import index_study
from functions.drimbox.publication.steps.publish import publish_manifest
from functions.drimbox.publication.steps.settle import settle_publication
from functions.drimbox.publication.vihf_facts import vihf_facts
from functions.drimbox.publication.waiting.looking import Looker
from functions.drimbox.publication.waiting.parking import Parking
from functions.drimbox.publication.waiting.wait import Wait
from functions.drimbox.publication.waiting.waking import Waker
from functions.drimbox.report.model import Report
from functions.drimbox.study.index import InstanceRef, SeriesIndex, StudyIndex
from functions.drimbox.tenants.model import Link, Operator, Permission, Sender, Structure, Tenant
from simulators.dmp.certificates import Authorities
from simulators.dmp.registry import Registry
from simulators.dmp.store import Store
from simulators.pki import AUTHORITY_SUBJECT, Authority, Issued, of_structure
from simulators.ris.cases import CASES, Case
from simulators.ris.messages import Form, message
from tests.fakes.memory import (
    MemoryAgentStates,
    MemoryAlerts,
    MemoryAnswers,
    MemoryAudit,
    MemoryBell,
    MemoryBlobs,
    MemoryCache,
    MemoryCauses,
    MemoryCircuits,
    MemoryImported,
    MemoryJobQueue,
    MemoryJobs,
    MemoryLog,
    MemoryLookups,
    MemoryNews,
    MemoryPacs,
    MemoryPatients,
    MemoryQuestions,
    MemoryQueue,
    MemoryRecords,
    MemoryRefused,
    MemoryStarts,
    MemoryTicks,
    MemoryUids,
    MemoryWaits,
    MemoryWorkflow,
    VirtualClock,
)

STRUCTURE = "1750803447"
SUBJECT = "CN=ris.ambroise.example,OU=1750803447,O=Centre de radiologie Ambroise,C=FR"
ISSUER = AUTHORITY_SUBJECT
SENDER = ("DRIM_RIS", "AMBROISE")
CT_IMAGE = Uid("1.2.840.10008.5.1.4.1.1.2")
LPS = LpsIdentity("drimbox-test", "DRIMbox", "0.1.0", "TEST-ONLY")
DEVICE = DeviceAuthor("899711256811", "DRIMbox", "DRIMbox")
SECRET = b"the tenant's own"
# The DMP's store of one test: durability is a matter of the simulator's own tests.
IN_MEMORY = Path(":memory:")
DB_URL = "https://db.drimbox.example"

TENANT = Tenant(
    tenant="demo",
    name="Centre de radiologie Ambroise",
    source_id=Oid("1.2.250.1.213.4.5.99"),
    structures=(Structure(STRUCTURE, "Centre de radiologie Ambroise", "SA08"),),
    senders=(Sender(*SENDER, SUBJECT, ISSUER),),
    link=Link.PUBLIC,
    pacs_url="http://127.0.0.1:1/dicom-web",
    manufacturer="DRIMbox",
    study_wait=timedelta(seconds=60),
    outage_patience=timedelta(hours=72),
    cache_on_publication=True,
    time_zone=ZoneInfo("Europe/Paris"),
)


OPERATOR = Caller(
    Operator("Camille", frozenset(Permission), oidc_subject="operator-1"), "operator-1", "request-1"
)


WHOLE = os.environ.get("PROOF") == "whole"
# The pause between two probes of an unreachable service.
UNIT = timedelta(minutes=1)


class Killed(BaseException):
    """The process ended here; no code of ours may catch it."""


@dataclass
class Calls:
    """Counts every call to the outside and fails the chosen one.

    ``kill_at`` is the number of the call (from 1), ``after`` whether its effect takes place first;
    ``begun`` how many calls were made when each process began.
    """

    names: list[str] = field(default_factory=list)
    kill_at: int = 0
    after: bool = False
    begun: set[int] = field(default_factory=set)

    def begin(self) -> None:
        """A process begins: the one before it has ended."""
        self.begun.add(len(self.names))

    def kills(self, since: int = 0) -> Iterator[tuple[int, bool]]:
        """Each ``kill_at`` and ``after`` by which a process of this story dies elsewhere.

        Outside, nothing happens between two calls of one process: its death after the first is that
        before the second. With PROOF=whole, both are played.
        """
        last = len(self.names)
        for number in range(since + 1, last + 1):
            yield number, False
            if WHOLE or number in self.begun or number == last:
                yield number, True

    def killed(self, number: int, after: bool) -> str:
        """In words, a kill of this story."""
        when = "after" if after else "before"
        return f"killed {when} call {number} ({self.names[number - 1]})"

    def call(self, name: str, effect: Callable[..., Any], *args: Any, **more: Any) -> Any:
        self.names.append(name)
        chosen = len(self.names) == self.kill_at
        if chosen and not self.after:
            raise Killed(name)
        answer = effect(*args, **more)
        if chosen:
            raise Killed(name)
        return answer


class Port:
    """Any port with its calls numbered; the clock and ports that only read the process stay as
    is.
    """

    def __init__(self, name: str, inner: Any, calls: Calls) -> None:
        self._name, self._inner, self._calls = name, inner, calls

    def __getattr__(self, method: str) -> Any:
        effect = getattr(self._inner, method)
        return lambda *args, **more: self._calls.call(
            f"{self._name}.{method}", effect, *args, **more
        )


@dataclass(frozen=True)
class Keys:
    """The local authority's certificates of one structure."""

    authority: Authority
    auth: Issued
    sign: Issued


@cache
def keys() -> Keys:
    """Made once per test run: RSA keys take time. Valid now and at the virtual clock's time."""
    since, life = datetime(2024, 1, 1, tzinfo=UTC), timedelta(days=20 * 365)
    authority = Authority.create(since, life=life)
    auth, sign = of_structure(STRUCTURE)
    return Keys(
        authority,
        authority.issue(auth.subject, auth.profile, since, life=life),
        authority.issue(sign.subject, sign.profile, since, life=life),
    )


@dataclass
class World:
    """Everything that one run needs; ``dmp_fault`` stands between us and the registry."""

    tenant: Tenant = TENANT
    clock: VirtualClock = field(default_factory=VirtualClock)
    calls: Calls = field(default_factory=Calls)
    inbox: MemoryBlobs = field(default_factory=MemoryBlobs)
    archive: MemoryBlobs = field(default_factory=MemoryBlobs)
    reconciliations: MemoryBlobs = field(default_factory=MemoryBlobs)
    records: MemoryRecords = field(default_factory=MemoryRecords)
    log: MemoryLog = field(default_factory=MemoryLog)
    audit: MemoryAudit = field(default_factory=MemoryAudit)
    causes: MemoryCauses = field(default_factory=MemoryCauses)
    alerts: MemoryAlerts = field(default_factory=MemoryAlerts)
    uids: MemoryUids = field(default_factory=MemoryUids)
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    workflow: MemoryWorkflow = field(default_factory=MemoryWorkflow)
    imported: MemoryImported = field(default_factory=MemoryImported)
    lookups: MemoryLookups = field(default_factory=MemoryLookups)
    refused: MemoryRefused = field(default_factory=MemoryRefused)
    patients: MemoryPatients = field(default_factory=MemoryPatients)
    pacs: MemoryPacs = field(default_factory=MemoryPacs)
    circuits: MemoryCircuits = field(default_factory=MemoryCircuits)
    cache: MemoryCache = field(default_factory=MemoryCache)
    waits: MemoryWaits = field(default_factory=MemoryWaits)
    ticks: MemoryTicks = field(default_factory=MemoryTicks)
    news: MemoryNews = field(default_factory=MemoryNews)
    jobs: MemoryJobs = field(default_factory=MemoryJobs)
    questions: MemoryQuestions = field(default_factory=MemoryQuestions)
    bell: MemoryBell = field(default_factory=MemoryBell)
    agent_answers: MemoryAnswers = field(default_factory=MemoryAnswers)
    agent_states: MemoryAgentStates = field(default_factory=MemoryAgentStates)
    fill_queue: MemoryJobQueue = field(default_factory=MemoryJobQueue)
    given_up: list[Job] = field(default_factory=list)
    not_woken: list[tuple[Change, Exception]] = field(default_factory=list)
    workers: MemoryUids = field(default_factory=MemoryUids)
    dmp_fault: Callable[[httpx.Request, Callable[[], httpx.Response]], httpx.Response] | None = None
    signs: bool = True
    made: int = 0
    dmp_calls: int = 0
    ended: set[tuple[str, str, int, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        authorities = Authorities.from_pem(keys().authority.root.certificate_pem.encode())
        self.store = Store(IN_MEMORY)
        self.registry = Registry(self.store, authorities, clock=self.clock.now)
        self.http = httpx.Client(transport=httpx.MockTransport(self._dmp))

    def close(self) -> None:
        self.http.close()
        self.store.close()

    def twin(self) -> World:
        """Another world that holds the same, and goes on by itself; its calls are numbered on."""
        held = {one.name: _own(getattr(self, one.name)) for one in fields(self)}
        made = type(self)(**held)
        self.store._db.backup(made.store._db)
        return made

    # --- the outside

    def _dmp(self, request: httpx.Request) -> httpx.Response:
        def answer() -> httpx.Response:
            body = request.read()
            kind = request.headers["content-type"]
            service = request.url.path.rpartition("/")[2]
            transaction = self.registry.transaction_of(service, body, kind)
            peer = keys().auth.certificate.public_bytes(Encoding.DER)
            said = self.registry.execute(transaction, body, kind, peer)
            return httpx.Response(
                said.status, headers={"content-type": said.content_type}, content=said.body
            )

        self.dmp_calls += 1
        request.read()
        if self.dmp_fault is not None:
            return self.dmp_fault(request, answer)
        return answer()

    @property
    def site(self) -> Site:
        def port(name: str, inner: Any) -> Any:
            return Port(name, inner, self.calls)

        return Site(
            tenant=self.tenant,
            inbox=port("inbox", self.inbox),
            archive=port("archive", self.archive),
            records=port("records", self.records),
            messages=port("messages", self.log),
            audit=port("audit", self.audit),
            clock=self.clock,
            breaker=Breaker(port("circuits", self.circuits), self.clock, UNIT),
            causes=CauseBook(
                port("causes", self.causes), port("alerts", self.alerts), self.clock, self.uids
            ),
            imported=port("imports", self.imported),
            finder=self.finder,
            waits=port("waits", self.waits),
            reconciliations=port("reconciliations", self.reconciliations),
            news=port("news", self.news),
        )

    @property
    def finder(self) -> Finder:
        """The lookups of the tenant."""
        store: Any = Port("lookups", self.lookups, self.calls)
        seal = Seal(SECRET, self.tenant.tenant, PURPOSE)
        return Finder(store, lambda: SECRET, lambda: seal, lambda: bytes(NONCE_BYTES))

    @property
    def parking(self) -> Parking:
        """Where changes wait outside the workflow."""
        ticks: Any = Port("ticks", self.ticks, self.calls)
        return Parking(self.site, ticks, UNIT)

    @property
    def waker(self) -> Waker:
        """The waker of these changes."""
        ports: Any = {
            name: Port(name, inner, self.calls)
            for name, inner in (
                ("ticks", self.ticks),
                ("workflow", self.workflow),
                ("starts", MemoryStarts(self.clock)),
            )
        }
        return Waker(
            site=self.site,
            looker=Looker(self.site, self._looked_pacs, self.agent),
            unit=UNIT,
            failed=lambda change, error: self.not_woken.append((change, error)),
            **ports,
        )

    def pacs_of(self, change: Change, **more: str) -> Any:
        """The PACS for a change, which waits for the answer of an agent outside the workflow."""
        if self.tenant.link is not Link.AGENT:
            return Port("pacs", self.pacs, self.calls)
        asker = {
            "message": change.message_id,
            "replay": str(change.replay),
            "attempt": str(change.waited.wake),
            **more,
        }
        awaited = "" if more else change.waited.job
        return AgentPacs(self.agent, change.message_id, asker, awaited)

    def _looked_pacs(self, wait: Wait) -> Any:
        return self.pacs_of(wait.change, look=str(wait.change.waited.looks))

    @property
    def agent(self) -> SiteAgent:
        """The agents of the site, as those see them who ask."""
        ports: Any = {
            name: Port(name, inner, self.calls)
            for name, inner in (
                ("questions", self.questions),
                ("bell", self.bell),
                ("agent_answers", self.agent_answers),
                ("agent_states", self.agent_states),
            )
        }
        desk = QuestionDesk(ports["questions"], ports["bell"], self.clock)
        return SiteAgent(self.tenant, desk, ports["agent_answers"], ports["agent_states"])

    @property
    def fills(self) -> JobDesk:
        """The jobs that fill the cache; nobody does them but a test."""
        jobs: Any = Port("jobs", self.jobs, self.calls)
        queue: Any = Port("fill_queue", self.fill_queue, self.calls)
        return JobDesk(jobs, queue, self.clock, self.workers, self.pulse, self.given_up.append)

    def pulse(self, beat: Callable[[], bool], every: timedelta) -> AbstractContextManager[object]:
        """Implements ``jobs.desk.Pulse``: here the work of a job takes no time."""
        return nullcontext()

    @property
    def known(self) -> KnownTraits:
        """The patients of the tenant."""
        patients: Any = Port("patients", self.patients, self.calls)
        return KnownTraits(patients, SECRET)

    def connect(self, report: Report, structure: Structure) -> _Dmp:
        signer = open_signer(keys().sign.certificate_pem, keys().sign.key_pem)
        client = DmpClient(
            self.http, DmpEndpoints.under("https://dmp.example/services"), self.clock, self
        )
        return _Dmp(self, client, vihf.builder(vihf_facts(report, structure, LPS), signer))

    def fresh(self) -> str:
        """Implements ``ports.Uids``."""
        self.made += 1
        return f"00000000-0000-4000-8000-{self.made:012d}"

    def signer(self, structure: Structure) -> Signer:
        assert structure.id == STRUCTURE
        if not self.signs:
            raise Held("no_certificate_for_structure")
        return open_signer(keys().sign.certificate_pem, keys().sign.key_pem)

    # --- events

    def archive_study(self, case: Case, **changes: Any) -> None:
        """The PACS gets the studies of ``case``."""
        for study in case.archived_studies():
            index = study_index(
                study.study_instance_uid, accession=study.accession, patient=study.ipp
            )
            self.pacs.studies[index.study_instance_uid] = replace(index, **changes)

    def send(self, case: Case, form: Form = "ORU", *, control_id: str = "1") -> Reception:
        """The RIS sends the report of ``case``; a killed reception is sent again, as RIS do."""
        raw = message(case, form, sender=SENDER, control_id=control_id, at=self.clock.now())
        return self.resend(raw)

    @property
    def desk(self) -> Desk:
        """Where messages are received."""
        return Desk(
            tenant=self.tenant,
            inbox=Port("inbox", self.inbox, self.calls),
            queue=Port("queue", self.queue, self.calls),
            audit=Port("audit", self.audit, self.calls),
            clock=self.clock,
            refused=Port("refused", self.refused, self.calls),
        )

    def resend(self, raw: bytes) -> Reception:
        for _ in range(3):
            self.calls.begin()
            try:
                return receive(raw, SUBJECT, self.desk)
            except Killed:
                continue
        raise AssertionError("one kill, several failures")

    @property
    def at_rest(self) -> Site:
        """The site as operators see it: their calls never fail."""
        return replace(
            self.site,
            inbox=self.inbox,
            archive=self.archive,
            records=self.records,
            messages=self.log,
            audit=self.audit,
        )

    def replay(self, message_id: str) -> int:
        """The operator asks for another try."""
        return replay(self.at_rest, self.queue, OPERATOR, message_id=message_id)

    @property
    def note_desk(self) -> NoteDesk:
        """Where rejection notes are received."""

        def port(name: str, inner: Any) -> Any:
            return Port(name, inner, self.calls)

        return NoteDesk(
            tenant=self.tenant,
            inbox=port("inbox", self.inbox),
            archive=port("archive", self.archive),
            records=port("records", self.records),
            cache=port("cache", self.cache),
            queue=port("queue", self.queue),
            audit=port("audit", self.audit),
            clock=self.clock,
        )

    def give(self, raw: bytes, study: str | None = None) -> Stored:
        """The PACS sends one object; a killed reception is sent again, as archives do."""
        for _ in range(3):
            self.calls.begin()
            try:
                return store_object(raw, study, self.note_desk, "pacs", request_id="request-1")
            except Killed:
                continue
        raise AssertionError("one kill, several failures")

    def work(self) -> None:
        """Deliver the queue (at least once) and run every execution to its end."""
        while self.queue.messages:
            message_id, replay, received_at = self.queue.messages[0]
            self.calls.begin()
            try:
                start(
                    self.site,
                    Port("workflow", self.workflow, self.calls),
                    message_id,
                    replay=replay,
                    received_at=received_at,
                )
            except Killed:
                continue
            self.queue.messages.pop(0)
        for key in list(self.workflow.started):
            change = self.workflow.started[key]
            if key not in self.ended:
                self.run(change)
                self.ended.add(key)

    def run(self, change: Change) -> None:
        """One execution: steps in order, retries with growing pauses, then the hold."""
        try:
            for step in self._steps():
                state = self._attempt(step, change)
                if state["outcome"] != "continue":
                    return
        except DrimboxError as error:
            name, said = type(error).__name__, str(error)
            self._attempt(lambda c: {"outcome": hold_publication(self.site, c, name, said)}, change)

    def _steps(self) -> Iterator[Callable[[Change], dict[str, Any]]]:
        cache: Any = Port("cache", self.cache, self.calls)
        yield lambda change: admit_report(self.site, change)
        yield lambda change: index_study(self.site, change, self.pacs_of(change), self.known)
        yield lambda change: build_manifest(self.site, change, self, DB_URL, SHA1, uids=self.uids)
        yield lambda change: publish_manifest(self.site, change, self.connect, DEVICE)
        yield lambda change: settle_publication(self.site, change, cache, self.fills)

    def _attempt(self, step: Callable[[Change], dict[str, Any]], change: Change) -> dict[str, Any]:
        pause = timedelta(seconds=3)
        for _ in range(2000):
            self.calls.begin()
            try:
                return step(change)
            except Held:
                raise
            except (Transient, Killed):
                self.clock.advance(pause)
                pause = min(pause * 2, timedelta(seconds=300))
        raise AssertionError("an execution without end")

    # --- observations

    def manifests(self) -> list[dict[str, Any]]:
        """The manifests that the DMP lists."""
        return [d for d in self.registry.state() if d["type_code"] == "IMG-KOS"]

    def entry(self, message_id: str) -> MessageEntry:
        found = self.log.get(message_id)
        assert found is not None
        return found


def _own(held: Any) -> Any:
    """Containers of a port are copied, the values that they hold never change."""
    if isinstance(held, list | dict | set):
        return copy(held)
    if not type(held).__module__.startswith("tests.fakes."):
        return held
    made = copy(held)
    vars(made).update({name: _own(value) for name, value in vars(held).items()})
    return made


@dataclass(frozen=True)
class _Dmp:
    world: World
    client: DmpClient
    builder: vihf.VihfBuilder

    def submit(self, submission: StoredSubmission) -> None:
        self.world.calls.call("dmp.submit", self.client.submit, submission, self.builder)

    def entries(self, unique_id: Uid) -> tuple[DocumentEntry, ...]:
        found: tuple[DocumentEntry, ...] = self.world.calls.call(
            "dmp.entries", self.client.get_by_unique_id, unique_id, self.builder
        )
        return found

    def update(self, metadata: bytes) -> None:
        self.world.calls.call("dmp.update", self.client.update, metadata, self.builder)

    def of_study(self, patient: Ins, study_instance_uid: Uid) -> tuple[DocumentEntry, ...]:
        found: tuple[DocumentEntry, ...] = self.world.calls.call(
            "dmp.of_study",
            self.client.find_by_reference_id,
            patient,
            study_reference(study_instance_uid),
            self.builder,
        )
        return found


def study_index(study: str, *, accession: str, patient: str = "IPP101") -> StudyIndex:
    """A small CT study."""
    series = SeriesIndex(
        series_instance_uid=Uid(f"{study}.1"),
        modality="CT",
        number=1,
        description="Axial",
        instances=tuple(
            InstanceRef(CT_IMAGE, Uid(f"{study}.1.{number}"), number) for number in (1, 2, 3)
        ),
    )
    return StudyIndex(
        study_instance_uid=Uid(study),
        patient_id=patient,
        accession_number=accession,
        study_date="20210108",
        study_time="102500",
        description="Scanner",
        study_id="",
        series=(series,),
    )


def case(name: str = "C", token: str = "") -> Case:
    """A case of the official data, or a fresh one made from it."""
    return CASES[name].fresh(token) if token else CASES[name]
