"""The ports in memory: same promises as the adapters, checked by the same contract tests."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from functions.drimbox.agents.presence import AgentState
from functions.drimbox.agents.question import Question
from functions.drimbox.breaker import CircuitState
from functions.drimbox.consultation.outcomes import Asked, LastOutcome
from functions.drimbox.enrolment.register import AgentRecord
from functions.drimbox.errors import StorageUnavailable, StudyBusy
from functions.drimbox.identity.certificate_findings import Found, Use
from functions.drimbox.images.health import Health
from functions.drimbox.jobs.job import Job
from functions.drimbox.oid import Uid
from functions.drimbox.operations.causes import Cause, Member, News
from functions.drimbox.operations.filters import Filters
from functions.drimbox.peers.kept import KeptWhiteList, Refusal
from functions.drimbox.peers.source_address import SourceAddress
from functions.drimbox.peers.source_states import KeptState, SeenHost
from functions.drimbox.ports import Listed, StoredObject
from functions.drimbox.publication.change import Change, Step
from functions.drimbox.publication.imported import Imported
from functions.drimbox.publication.message_entry import MessageEntry, StudyOutcome
from functions.drimbox.publication.ports import KnownPatient, MessagePage, RecordPage
from functions.drimbox.publication.record import StudyRecord, changed_at, state_of
from functions.drimbox.publication.refused import RefusedMessage, RefusedPage
from functions.drimbox.publication.waiting.ticker import Ticker
from functions.drimbox.publication.waiting.wait import Wait
from functions.drimbox.study.found_study import FoundStudies, FoundStudy, StudyCriteria
from functions.drimbox.study.index import StudyIndex
from functions.drimbox.webhook.missed import KEPT, Missed
from functions.drimbox.webhook.telling import Publishers, Telling


@dataclass
class VirtualClock:
    """Time that only moves when told."""

    at: datetime = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def advance(self, delta: timedelta) -> None:
        self.at += delta


@dataclass
class MemoryBlobs:
    objects: dict[str, bytes] = field(default_factory=dict)

    def put_once(self, key: str, data: bytes, content_type: str = "") -> bool:
        if key in self.objects:
            return False
        self.objects[key] = data
        return True

    def put(self, key: str, data: bytes, content_type: str = "") -> None:
        self.objects[key] = data

    def names(self, prefix: str, *, limit: int) -> tuple[Listed, ...]:
        found = sorted(key for key in self.objects if key.startswith(prefix))
        return tuple(Listed(key, len(self.objects[key])) for key in found[:limit])

    def size(self, key: str) -> int:
        return len(self.objects.get(key, b""))

    def get(self, key: str) -> bytes | None:
        return self.objects.get(key)


@dataclass
class MemoryRecords:
    records: dict[Uid, StudyRecord] = field(default_factory=dict)

    def get(self, study_instance_uid: Uid) -> StudyRecord:
        return self.records.get(study_instance_uid, StudyRecord(study_instance_uid))

    def put(self, record: StudyRecord) -> StudyRecord:
        if self.get(record.study_instance_uid).revision != record.revision:
            raise StudyBusy
        stored = replace(record, revision=record.revision + 1)
        self.records[record.study_instance_uid] = stored
        return stored

    def find(
        self,
        state: str,
        *,
        limit: int,
        after: str | None,
        oldest_first: bool = False,
        between: tuple[datetime, datetime] | None = None,
    ) -> RecordPage:
        def is_meant(one: StudyRecord) -> bool:
            at = changed_at(one)
            within = between is None or (at is not None and between[0] <= at < between[1])
            return state_of(one) == state and within

        placed = sorted(
            (f"{changed_at(one)}/{uid}", one) for uid, one in self.records.items() if is_meant(one)
        )
        placed = placed if oldest_first else placed[::-1]
        if after is not None:
            placed = [p for p in placed if (p[0] > after if oldest_first else p[0] < after)]
        more = len(placed) > limit
        return RecordPage(
            tuple(one for _, one in placed[:limit]), placed[limit - 1][0] if more else None
        )


@dataclass
class MemoryPatients:
    patients: dict[str, KnownPatient] = field(default_factory=dict)

    def get(self, key: str) -> KnownPatient:
        return self.patients.get(key, KnownPatient(key))

    def put(self, patient: KnownPatient) -> bool:
        if self.get(patient.key).revision != patient.revision:
            return False
        self.patients[patient.key] = replace(patient, revision=patient.revision + 1)
        return True


@dataclass
class MemoryLookups:
    marks: set[tuple[str, str, str]] = field(default_factory=set)
    facts: dict[str, str] = field(default_factory=dict)

    def keep(
        self, message_id: str, received_at: datetime, marks: Iterable[str], sealed: str
    ) -> None:
        at = received_at.astimezone(UTC).isoformat(timespec="microseconds")
        self.marks |= {(mark, at, message_id) for mark in marks}
        if sealed:
            self.facts[message_id] = sealed

    def find(self, mark: str, *, limit: int) -> tuple[tuple[str, str], ...]:
        placed = sorted((at, one) for said, at, one in self.marks if said == mark)
        return tuple(reversed(placed))[:limit]

    def sealed(self, message_ids: Collection[str]) -> Mapping[str, str]:
        return {one: self.facts[one] for one in message_ids if one in self.facts}


@dataclass
class MemoryRefused:
    found: dict[tuple[str, str, str], RefusedMessage] = field(default_factory=dict)
    kept: dict[str, RefusedMessage] = field(default_factory=dict)

    def keep_last(self, refused: RefusedMessage) -> None:
        self.kept[refused.message_id] = refused

    def last(self, message_id: str) -> RefusedMessage | None:
        return self.kept.get(message_id)

    def note(self, refused: RefusedMessage) -> None:
        hour = f"{refused.at.astimezone(UTC):%Y-%m-%dT%H}"
        key = (hour, refused.message_id, refused.code)
        known = self.found.get(key)
        times = 1 if known is None else known.times + 1
        self.found[key] = replace(refused, times=times)

    def find(self, since: datetime, *, limit: int, after: str | None) -> RefusedPage:
        first = (f"{since.astimezone(UTC):%Y-%m-%dT%H}", "", "")
        keys = sorted((key for key in self.found if key >= first), reverse=True)
        start = int(after or 0)
        more = start + limit < len(keys)
        listed = tuple(self.found[key] for key in keys[start : start + limit])
        return RefusedPage(listed, str(start + limit) if more else None)


@dataclass
class MemoryImported:
    studies: dict[Uid, Imported] = field(default_factory=dict)

    def get(self, study_instance_uid: Uid) -> Imported | None:
        return self.studies.get(study_instance_uid)

    def several(self, studies: Iterable[Uid]) -> Mapping[Uid, Imported]:
        return {one: self.studies[one] for one in studies if one in self.studies}

    def add(self, imported: Imported) -> bool:
        known = imported.study_instance_uid in self.studies
        self.studies.setdefault(imported.study_instance_uid, imported)
        return not known

    def end(self, study_instance_uid: Uid) -> None:
        known = self.studies.get(study_instance_uid)
        if known is not None:
            self.studies[study_instance_uid] = replace(known, whole=True)

    def forget(self, study_instance_uid: Uid) -> None:
        self.studies.pop(study_instance_uid, None)

    def release(self, imported: Imported) -> bool:
        known = self.studies.get(imported.study_instance_uid)
        if known is None or (known.site, known.at) != (imported.site, imported.at):
            return False
        del self.studies[imported.study_instance_uid]
        return True


@dataclass
class MemoryFoundCertificates:
    found: dict[tuple[str, Use], Found] = field(default_factory=dict)

    def get(self, holder: str, use: Use) -> Found | None:
        return self.found.get((holder, use))

    def put(self, holder: str, use: Use, found: Found) -> None:
        self.found[holder, use] = found


@dataclass
class MemoryHealth:
    health: Health = field(default_factory=Health)

    def get(self) -> Health:
        return self.health

    def put(self, health: Health) -> bool:
        if self.health.revision != health.revision:
            return False
        self.health = replace(health, revision=health.revision + 1)
        return True


# A circuit is written by the threads of a page at once, as in DynamoDB by one at a time.
_ONE_WRITER = threading.Lock()


@dataclass
class MemoryCircuits:
    circuits: dict[str, CircuitState] = field(default_factory=dict)

    def get(self, name: str) -> CircuitState:
        return self.circuits.get(name, CircuitState(name))

    def several(self, names: Sequence[str]) -> Mapping[str, CircuitState]:
        return {name: self.get(name) for name in names}

    def put(self, state: CircuitState) -> bool:
        with _ONE_WRITER:
            if self.get(state.name).revision != state.revision:
                return False
            self.circuits[state.name] = replace(state, revision=state.revision + 1)
            return True


@dataclass
class MemoryJobs:
    jobs: dict[str, Job] = field(default_factory=dict)

    def get(self, key: str) -> Job | None:
        return self.jobs.get(key)

    def several(self, keys: Iterable[str]) -> Mapping[str, Job]:
        return {key: self.jobs[key] for key in keys if key in self.jobs}

    def put(self, job: Job) -> bool:
        known = self.jobs.get(job.key)
        if (known.revision if known else 0) != job.revision:
            return False
        self.jobs[job.key] = replace(job, revision=job.revision + 1)
        return True


@dataclass
class MemoryJobQueue:
    """The messages under way: each with the pause that it was sent with."""

    messages: list[tuple[str, timedelta]] = field(default_factory=list)

    def send(self, job: Job, *, after: timedelta) -> None:
        self.messages.append((job.key, after))


@dataclass
class MemoryQuestions:
    questions: dict[str, Question] = field(default_factory=dict)

    def get(self, key: str) -> Question | None:
        return self.questions.get(key)

    def put(self, question: Question) -> bool:
        known = self.questions.get(question.key)
        if (known.revision if known else 0) != question.revision:
            return False
        self.questions[question.key] = replace(question, revision=question.revision + 1)
        return True


@dataclass
class MemoryBell:
    """The jobs that the site's agents were rung for."""

    rung: list[str] = field(default_factory=list)

    def ring(self, key: str) -> None:
        self.rung.append(key)


@dataclass
class MemoryAnswers:
    """The objects that hold answers."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def put(self, key: str, data: BinaryIO, content_type: str) -> None:
        self.objects[key] = data.read()

    def get(self, key: str, *, max_bytes: int) -> bytes | None:
        found = self.objects.get(key)
        if found is not None and len(found) > max_bytes:
            raise StorageUnavailable("larger than it may be")
        return found

    def look(self, key: str) -> StoredObject | None:
        found = self.objects.get(key)
        return None if found is None else StoredObject(len(found), "", plain=True)


@dataclass
class MemoryAgentStates:
    states: dict[str, AgentState] = field(default_factory=dict)

    def all(self) -> tuple[AgentState, ...]:
        return tuple(self.states.values())

    def put(self, state: AgentState) -> None:
        self.states[state.name] = state

    def forget(self, name: str) -> None:
        self.states.pop(name, None)


@dataclass
class MemoryAgentRegister:
    """Implements ``enrolment.register.Register``; ``before_put`` runs before each write."""

    records: dict[str, AgentRecord] = field(default_factory=dict)
    before_put: list[Callable[[], object]] = field(default_factory=list)

    def get(self, name: str) -> AgentRecord:
        return self.records.get(name, AgentRecord(name))

    def all(self) -> tuple[AgentRecord, ...]:
        return tuple(self.records[name] for name in sorted(self.records))

    def put(self, record: AgentRecord) -> bool:
        if self.before_put:
            self.before_put.pop(0)()
        if self.get(record.name).revision != record.revision:
            return False
        self.records[record.name] = replace(record, revision=record.revision + 1)
        return True


@dataclass
class MemoryLog:
    entries: dict[str, MessageEntry] = field(default_factory=dict)

    def open(self, entry: MessageEntry) -> MessageEntry:
        return self.entries.setdefault(entry.message_id, entry)

    def get(self, message_id: str) -> MessageEntry | None:
        return self.entries.get(message_id)

    def set_outcome(self, message_id: str, study: Uid, outcome: StudyOutcome) -> MessageEntry:
        if message_id not in self.entries:
            raise StorageUnavailable("unknown message")
        entry = self.entries[message_id]
        known = entry.studies.get(study)
        if known is None or (known.outcome, known.reason) != (outcome.outcome, outcome.reason):
            self.entries[message_id] = entry.with_outcome(study, outcome)
        return self.entries[message_id]

    def restore(self, message_id: str, studies: Iterable[Uid], at: datetime) -> None:
        entry = self.entries[message_id]
        if entry.ignored or entry.held:
            self.entries[message_id] = entry.restored(studies, at)

    def set_override(self, message_id: str, number: int) -> None:
        entry = self.entries[message_id]
        self.entries[message_id] = replace(entry, override=max(entry.override, number))

    def next_replay(self, message_id: str) -> int:
        entry = self.entries[message_id]
        self.entries[message_id] = replace(entry, replays=entry.replays + 1)
        return entry.replays + 1

    def find(
        self,
        state: str,
        *,
        limit: int,
        after: str | None,
        since: datetime | None = None,
        until: datetime | None = None,
        oldest_first: bool = False,
    ) -> MessagePage:
        found = [
            entry
            for entry in self.entries.values()
            if entry.state == state
            and (since is None or since <= entry.changed_at)
            and (until is None or entry.changed_at <= until)
        ]
        found.sort(key=lambda entry: entry.changed_at, reverse=not oldest_first)
        start = int(after or 0)
        more = start + limit < len(found)
        return MessagePage(
            tuple(found[start : start + limit]), str(start + limit) if more else None
        )


@dataclass
class MemoryAudit:
    records: dict[tuple[str, str, str], Mapping[str, str]] = field(default_factory=dict)

    def record(
        self, event: str, *, key: str, result: str, who: str, facts: Mapping[str, str]
    ) -> None:
        self.records.setdefault((event, key, result), {"who": who, **facts})

    def events(self) -> list[tuple[str, str]]:
        """(event, result) of every record, in order."""
        return [(event, result) for event, _, result in self.records]


@dataclass
class MemoryQueue:
    messages: list[tuple[str, int, datetime]] = field(default_factory=list)

    def send(self, message_id: str, *, replay: int, received_at: datetime) -> None:
        self.messages.append((message_id, replay, received_at))


@dataclass
class MemoryWorkflow:
    """Executions by name, as Step Functions: the same name again is the same execution. ``begun``:
    the step at which each begins.
    """

    started: dict[tuple[str, str, int, int], Change] = field(default_factory=dict)
    begun: dict[tuple[str, str, int, int], Step] = field(default_factory=dict)

    def start(self, change: Change, at: Step) -> None:
        wake = change.waited.wake
        key = (change.message_id, change.study_instance_uid, change.replay, wake)
        self.started.setdefault(key, change)
        self.begun.setdefault(key, at)


@dataclass
class MemoryWaits:
    waits: dict[tuple[str, str], Wait] = field(default_factory=dict)
    tick: Ticker = field(default_factory=Ticker)

    def put(self, wait: Wait) -> bool:
        key = _place(wait)
        if key in self.waits and _rank(self.waits[key]) > _rank(wait):
            return False
        self.waits[key] = wait
        return True

    def all(self) -> tuple[Wait, ...]:
        return tuple(self.waits.values())

    def of(self, message_id: str) -> tuple[Wait, ...]:
        return tuple(one for (message, _), one in self.waits.items() if message == message_id)

    def forget(self, wait: Wait) -> None:
        known = self.waits.get(_place(wait))
        if known is not None and _rank(known) == _rank(wait):
            del self.waits[_place(wait)]

    def ticker(self) -> Ticker:
        return self.tick

    def put_ticker(self, ticker: Ticker) -> bool:
        if ticker.number != self.tick.number:
            return False
        self.tick = replace(ticker, number=ticker.number + 1)
        return True


def _place(wait: Wait) -> tuple[str, str]:
    return wait.change.message_id, wait.change.study_instance_uid


def _rank(wait: Wait) -> tuple[int, int]:
    return wait.change.replay, wait.change.waited.wake


@dataclass
class MemoryTicks:
    """The ticks under way: each with the pause that it was sent with."""

    messages: list[tuple[int, timedelta]] = field(default_factory=list)

    def send(self, number: int, *, after: timedelta) -> None:
        self.messages.append((number, after))


@dataclass
class MemoryNews:
    """The messages that somebody has rung for."""

    rung: list[str] = field(default_factory=list)

    def ring(self, message_id: str) -> None:
        self.rung.append(message_id)


@dataclass
class MemoryTellings:
    tellings: dict[str, Telling] = field(default_factory=dict)
    studies: dict[Uid, Publishers] = field(default_factory=dict)

    def get(self, message_id: str) -> Telling:
        return self.tellings.get(message_id, Telling(message_id))

    def put(self, telling: Telling) -> bool:
        if self.get(telling.message_id).revision != telling.revision:
            return False
        self.tellings[telling.message_id] = replace(telling, revision=telling.revision + 1)
        return True

    def publishers(self, study: Uid) -> Publishers:
        return self.studies.get(study, Publishers(study))

    def put_publishers(self, publishers: Publishers) -> bool:
        if self.publishers(publishers.study).revision != publishers.revision:
            return False
        self.studies[publishers.study] = replace(publishers, revision=publishers.revision + 1)
        return True


@dataclass
class MemoryMissedNews:
    found: set[Missed] = field(default_factory=set)

    def add(self, missed: Missed) -> None:
        self.found.add(missed)

    def remove(self, missed: Missed) -> None:
        self.found.discard(missed)

    def latest(self, limit: int, now: datetime) -> tuple[Missed, ...]:
        kept = (one for one in self.found if one.at >= now - KEPT)
        return tuple(sorted(kept, key=lambda one: (one.at, one.message_id))[::-1][:limit])


@dataclass
class MemoryStarts:
    """``most`` starts a second of ``clock``."""

    clock: VirtualClock
    most: int = 100
    made: tuple[int, int] = (0, 0)

    def take(self, wanted: int) -> int:
        second = int(self.clock.now().timestamp())
        made = self.made[1] if self.made[0] == second else 0
        given = max(0, min(wanted, self.most - made))
        self.made = (second, made + given)
        return given


@dataclass
class MemoryPacs:
    """Studies by UID; ``fails`` raises what it returns before each answer."""

    studies: dict[Uid, StudyIndex] = field(default_factory=dict)
    fails: Callable[[], None] = lambda: None

    def find_study(self, study_instance_uid: Uid) -> StudyIndex | None:
        self.fails()
        return self.studies.get(study_instance_uid)

    def search(self, criteria: StudyCriteria, *, most: int) -> FoundStudies:
        self.fails()
        listed = (
            FoundStudy(
                study_instance_uid=one.study_instance_uid,
                patient_id=one.patient_id,
                patient_name=one.patient_name,
                patient_birth_date=one.patient_birth_date,
                accession_number=one.accession_number,
                study_date=one.study_date,
                description=one.description,
                modalities=one.modalities,
                instances=sum(len(series.instances) for series in one.series),
            )
            for one in self.studies.values()
        )
        found = tuple(one for one in listed if one.answers(criteria))
        return FoundStudies(found[:most], 0, len(found) <= most)

    def has_study(self, study_instance_uid: Uid) -> bool:
        self.fails()
        return study_instance_uid in self.studies


@dataclass
class MemoryCache:
    """Keys of cached images."""

    keys: set[str] = field(default_factory=set)

    def delete_under(self, prefix: str, *, keep: str = "") -> int:
        found = {key for key in self.keys if key.startswith(prefix)}
        found -= {key for key in found if keep and key.startswith(keep)}
        self.keys -= found
        return len(found)


@dataclass
class MemoryCauses:
    members: dict[str, Member] = field(default_factory=dict)
    causes: dict[str, Cause] = field(default_factory=dict)

    def member(self, name: str) -> Member:
        return self.members.get(name, Member(name))

    def cause(self, reason: str) -> Cause:
        return self.causes.get(reason, Cause(reason))

    def move(self, member: Member, causes: Sequence[Cause]) -> bool:
        stale = self.member(member.name).revision != member.revision
        if stale or any(self.cause(one.reason).revision != one.revision for one in causes):
            return False
        self.members[member.name] = replace(member, revision=member.revision + 1)
        return all(self.put(one) for one in causes)

    def put(self, cause: Cause) -> bool:
        if self.cause(cause.reason).revision != cause.revision:
            return False
        self.causes[cause.reason] = replace(cause, revision=cause.revision + 1)
        return True

    def all(self) -> tuple[Cause, ...]:
        return tuple(self.causes[reason] for reason in sorted(self.causes))


@dataclass
class MemoryAlerts:
    told: list[tuple[str, News]] = field(default_factory=list)

    def tell(self, reason: str, news: News, since: datetime) -> None:
        self.told.append((reason, news))


@dataclass
class MemoryUids:
    made: int = 0

    def fresh(self) -> str:
        self.made += 1
        return f"00000000-0000-4000-8000-{self.made:012d}"


@dataclass
class MemoryFilters:
    kept: dict[str, Filters] = field(default_factory=dict)

    def get(self, owner: str) -> Filters:
        return self.kept.get(owner, Filters(owner))

    def put(self, filters: Filters) -> bool:
        if self.get(filters.owner).revision != filters.revision:
            return False
        self.kept[filters.owner] = replace(filters, revision=filters.revision + 1)
        return True


@dataclass
class MemoryContexts:
    """``before_claim`` is called once, between the reading and the claim of another."""

    records: dict[str, dict[str, str]] = field(default_factory=dict)
    ends: dict[str, datetime] = field(default_factory=dict)
    before_claim: Callable[[], object] | None = None

    def put(self, key: str, facts: Mapping[str, str], ends_at: datetime) -> None:
        self.records[key], self.ends[key] = dict(facts), ends_at

    def get(self, key: str) -> Mapping[str, str] | None:
        kept = self.records.get(key)
        return None if kept is None else dict(kept)

    def claim(self, key: str, name: str, value: str, ends_at: datetime) -> bool:
        first, self.before_claim = self.before_claim, None
        if first is not None:
            first()
        kept = self.records.get(key)
        if kept is None or name in kept:
            return False
        kept[name], self.ends[key] = value, ends_at
        return True

    def keep(self, key: str, name: str, value: str) -> None:
        if key in self.records:
            self.records[key][name] = value


@dataclass
class MemoryWhiteLists:
    """``between`` happens before each write."""

    kept: KeptWhiteList | None = None
    between: Callable[[MemoryWhiteLists], None] = lambda _: None
    refused: Refusal | None = None
    writes: int = 0

    def get(self) -> KeptWhiteList | None:
        return self.kept

    def put(self, kept: KeptWhiteList) -> bool:
        self.between(self)
        if kept.revision != (self.kept.revision if self.kept else 0):
            return False
        self.kept = replace(kept, revision=kept.revision + 1)
        self.writes += 1
        return True

    def refusal(self) -> Refusal | None:
        return self.refused

    def refuse(self, refusal: Refusal) -> None:
        self.refused = refusal


@dataclass
class MemoryStates:
    """The next ``refused`` writes find another writer's."""

    kept: dict[SourceAddress, KeptState] = field(default_factory=dict)
    refused: int = 0

    def get(self, address: SourceAddress) -> KeptState:
        return self.kept.get(address, KeptState())

    def put(self, address: SourceAddress, kept: KeptState) -> bool:
        if self.refused or kept.revision != self.get(address).revision:
            self.refused = max(self.refused - 1, 0)
            return False
        self.kept[address] = replace(kept, revision=kept.revision + 1)
        return True

    def seen(self) -> tuple[SeenHost, ...]:
        return tuple(
            SeenHost(address.host, kept.state, kept.since, kept.answered_at)
            for address, kept in sorted(self.kept.items(), key=lambda one: one[0].host)
            if kept.state is not None and kept.since and kept.answered_at
        )


@dataclass
class MemoryOutcomes:
    """``broken``: the store does not answer; ``writes`` counts."""

    kept: dict[Asked, LastOutcome] = field(default_factory=dict)
    writes: int = 0
    broken: bool = False

    def get(self, service: Asked) -> LastOutcome | None:
        if self.broken:
            raise StorageUnavailable("outcomes")
        return self.kept.get(service)

    def put(self, service: Asked, outcome: LastOutcome) -> bool:
        known = self.kept.get(service)
        if outcome.revision != (known.revision if known else 0):
            return False
        self.kept[service] = replace(outcome, revision=outcome.revision + 1)
        self.writes += 1
        return True


@dataclass
class MemoryTries:
    """Counts for ever."""

    counts: Counter[str] = field(default_factory=Counter)

    def count(self, who: str) -> int:
        """Implements ``Tries``."""
        self.counts[who] += 1
        return self.counts[who]
