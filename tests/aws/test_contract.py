"""The contract of every port: the adapters and the fakes pass the same tests."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from functions.aws import clients
from functions.aws.agent_register import WINDOW, DynamoAgentRegister, DynamoTries
from functions.aws.agent_states import DynamoAgentStates
from functions.aws.audit import S3Audit
from functions.aws.blobs import S3Blobs
from functions.aws.causes import DynamoCauses
from functions.aws.circuits import DynamoCircuits
from functions.aws.clock import SystemClock
from functions.aws.contexts import DynamoContexts
from functions.aws.found_certificates import DynamoFoundCertificates
from functions.aws.imported_studies import DynamoImportedStudies
from functions.aws.jobs import DynamoJobs
from functions.aws.known_patients import DynamoKnownPatients
from functions.aws.lookups import DynamoLookups
from functions.aws.message_log import DynamoMessageLog
from functions.aws.missed_news import DynamoMissedNews
from functions.aws.operator_filters import DynamoFilters
from functions.aws.pacs_health import DynamoHealth
from functions.aws.questions import DynamoQuestions
from functions.aws.refused_messages import DynamoRefusedMessages
from functions.aws.service_outcomes import DynamoOutcomes
from functions.aws.source_states import DynamoSourceStates
from functions.aws.study_records import DynamoStudyRecords
from functions.aws.waits import DynamoWaits
from functions.aws.webhook import DynamoTellings
from functions.aws.white_lists import DynamoWhiteLists
from functions.drimbox.agents.desk import Questions
from functions.drimbox.agents.presence import AgentState, AgentStates, PacsSeen
from functions.drimbox.agents.question import Answer, Question
from functions.drimbox.agents.question import State as QuestionState
from functions.drimbox.breaker import Circuit, Circuits, CircuitState
from functions.drimbox.consultation.contexts import ContextStore
from functions.drimbox.consultation.outcomes import Asked, LastOutcome, OutcomeStore
from functions.drimbox.enrolment.register import AgentRecord, Invitation, Issued, Register
from functions.drimbox.errors import BadRequest, StudyBusy, Transient
from functions.drimbox.identity.certificate_findings import CertificateFacts, Found, Judgement, Use
from functions.drimbox.identity.certificate_findings import Fault as CertificateFault
from functions.drimbox.images.health import Health, HealthStore
from functions.drimbox.jobs.job import Job, Kind, Wish
from functions.drimbox.jobs.job import State as JobState
from functions.drimbox.jobs.lease import Jobs
from functions.drimbox.oid import Uid
from functions.drimbox.operations.causes import Cause, CauseStore, Member, News
from functions.drimbox.operations.filters import Filters, FilterStore
from functions.drimbox.peers.kept import KeptWhiteList, Refusal, WhiteListStore
from functions.drimbox.peers.source_address import SourceAddress
from functions.drimbox.peers.source_states import KeptState, SeenHost, SourceState, StateStore
from functions.drimbox.ports import Audit, Blobs, Listed, Listing
from functions.drimbox.publication.change import Change, Step, Waited
from functions.drimbox.publication.finding import LookupStore
from functions.drimbox.publication.imported import Imported, ImportedStudies
from functions.drimbox.publication.message_entry import HISTORY, MessageEntry, Outcome, StudyOutcome
from functions.drimbox.publication.message_order import Edition
from functions.drimbox.publication.ports import (
    KnownPatient,
    KnownPatients,
    MessageLog,
    RecordPage,
    StudyRecords,
)
from functions.drimbox.publication.record import (
    Contest,
    Current,
    Pending,
    State,
    StudyRecord,
    Withdrawal,
    pending_in,
)
from functions.drimbox.publication.refused import RefusedMessage, RefusedMessages
from functions.drimbox.publication.waiting.ticker import Probe, Ticker, Waits
from functions.drimbox.publication.waiting.wait import Wait
from functions.drimbox.report.requested_action import Action
from functions.drimbox.webhook.missed import KEPT, Missed, MissedNews
from functions.drimbox.webhook.telling import Publishers, Telling, Tellings
from functions.drimbox.wording.held import HELD_REASONS
from tests.fakes.memory import (
    MemoryAgentRegister,
    MemoryAgentStates,
    MemoryAudit,
    MemoryBlobs,
    MemoryCauses,
    MemoryCircuits,
    MemoryContexts,
    MemoryFilters,
    MemoryFoundCertificates,
    MemoryHealth,
    MemoryImported,
    MemoryJobs,
    MemoryLog,
    MemoryLookups,
    MemoryMissedNews,
    MemoryOutcomes,
    MemoryPatients,
    MemoryQuestions,
    MemoryRecords,
    MemoryRefused,
    MemoryStates,
    MemoryTellings,
    MemoryWaits,
    MemoryWhiteLists,
    VirtualClock,
)

STUDY = Uid("1.2.3")
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

both = pytest.mark.parametrize("kind", ["memory", "aws"])


@pytest.fixture
def make(aws: None) -> Callable[[str, str], object]:
    def one(port: str, kind: str) -> object:
        makers: dict[tuple[str, str], Callable[[], object]] = {
            ("blobs", "memory"): MemoryBlobs,
            ("records", "memory"): MemoryRecords,
            ("log", "memory"): MemoryLog,
            ("audit", "memory"): MemoryAudit,
            ("causes", "memory"): MemoryCauses,
            ("causes", "aws"): lambda: DynamoCauses("operations", "demo"),
            ("filters", "memory"): MemoryFilters,
            ("filters", "aws"): lambda: DynamoFilters("operations", "demo"),
            ("imports", "memory"): MemoryImported,
            ("imports", "aws"): lambda: DynamoImportedStudies("imports", "demo"),
            ("lookups", "memory"): MemoryLookups,
            ("lookups", "aws"): lambda: DynamoLookups("lookups", "demo"),
            ("refused", "memory"): MemoryRefused,
            ("refused", "aws"): lambda: DynamoRefusedMessages("lookups", "demo"),
            ("patients", "memory"): MemoryPatients,
            ("patients", "aws"): lambda: DynamoKnownPatients("patients", "demo"),
            ("contexts", "memory"): MemoryContexts,
            ("contexts", "aws"): lambda: DynamoContexts("sessions", "demo"),
            ("circuits", "memory"): MemoryCircuits,
            ("waits", "memory"): MemoryWaits,
            ("waits", "aws"): lambda: DynamoWaits("waits", "demo"),
            ("missed", "memory"): MemoryMissedNews,
            ("missed", "aws"): lambda: DynamoMissedNews("news", "demo"),
            ("tellings", "memory"): MemoryTellings,
            ("tellings", "aws"): lambda: DynamoTellings("news", "demo"),
            ("questions", "memory"): MemoryQuestions,
            ("questions", "aws"): lambda: DynamoQuestions("jobs", "demo"),
            ("register", "memory"): MemoryAgentRegister,
            ("register", "aws"): lambda: DynamoAgentRegister("agents", "demo"),
            ("agents", "memory"): MemoryAgentStates,
            ("agents", "aws"): lambda: DynamoAgentStates("health", "demo"),
            ("jobs", "memory"): MemoryJobs,
            ("jobs", "aws"): lambda: DynamoJobs("jobs", "demo", SystemClock()),
            ("white_lists", "memory"): MemoryWhiteLists,
            ("white_lists", "aws"): lambda: DynamoWhiteLists("peers"),
            ("health", "memory"): MemoryHealth,
            ("health", "aws"): lambda: DynamoHealth("health", "demo", SystemClock()),
            ("states", "memory"): MemoryStates,
            ("states", "aws"): lambda: DynamoSourceStates("health", SystemClock()),
            ("outcomes", "memory"): MemoryOutcomes,
            ("outcomes", "aws"): lambda: DynamoOutcomes("health", "demo"),
            ("certificates", "memory"): MemoryFoundCertificates,
            ("certificates", "aws"): lambda: DynamoFoundCertificates("certificates", "demo"),
            ("circuits", "aws"): lambda: DynamoCircuits("circuits", "demo", SystemClock()),
            ("blobs", "aws"): lambda: S3Blobs("inbox", "demo"),
            ("records", "aws"): lambda: DynamoStudyRecords("studies", "demo"),
            ("log", "aws"): lambda: DynamoMessageLog("messages", "demo"),
            ("audit", "aws"): lambda: S3Audit("audit", "demo", VirtualClock()),
        }
        return makers[port, kind]()

    return one


Make = Callable[[str, str], object]


@both
def test_a_blob_is_written_once_and_read_back(make: Make, kind: str) -> None:
    blobs: Blobs = make("blobs", kind)  # type: ignore[assignment]
    assert blobs.get("a/b") is None
    assert blobs.put_once("a/b", b"first", "text/plain")
    assert not blobs.put_once("a/b", b"second", "text/plain")
    assert blobs.get("a/b") == b"first"
    blobs.put("a/b", b"third", "text/plain")
    assert blobs.get("a/b") == b"third"


@both
def test_messages_are_found_by_their_marks_latest_first(make: Make, kind: str) -> None:
    lookups: LookupStore = make("lookups", kind)  # type: ignore[assignment]
    assert lookups.find("a1", limit=2) == ()
    marks = [f"a{number}" for number in range(30)]  # more than one batch of DynamoDB
    lookups.keep("m1", AT, marks, "sealed-1")
    lookups.keep("m1", AT, marks, "sealed-2")  # a replay
    lookups.keep("m2", AT + HOUR, ["a1", "b"], "")
    times = [f"2026-11-24T{hour}:00:00.000000+00:00" for hour in ("09", "10")]
    assert lookups.find("a1", limit=2) == ((times[1], "m2"), (times[0], "m1"))
    assert lookups.find("a1", limit=1) == ((times[1], "m2"),)
    assert lookups.find("a29", limit=2) == ((times[0], "m1"),)
    assert lookups.find("a", limit=2) == (), "a mark is whole"
    assert lookups.sealed(["m1", "m2", "m3", "m1"]) == {"m1": "sealed-2"}


@both
def test_refusals_are_counted_by_hour_message_and_reason(make: Make, kind: str) -> None:
    refused: RefusedMessages = make("refused", kind)  # type: ignore[assignment]
    one = RefusedMessage("m1", AT, "RIS|SITE", "1", "ins_invalid", "PID^1^3")
    again = replace(one, at=AT + timedelta(minutes=5))
    for said in (one, again, replace(one, code="other"), replace(one, at=AT + HOUR)):
        refused.note(said)
    page = refused.find(AT, limit=2, after=None)
    assert [(r.at, r.code, r.times) for r in page.messages] == [
        (AT + HOUR, "ins_invalid", 1),
        (AT, "other", 1),
    ]
    rest = refused.find(AT, limit=2, after=page.next)
    assert rest.messages == (replace(again, times=2),)
    assert rest.next is None
    assert [r.at for r in refused.find(AT + HOUR, limit=9, after=None).messages] == [AT + HOUR]


@both
def test_the_last_refusal_of_a_message_is_kept(make: Make, kind: str) -> None:
    refused: RefusedMessages = make("refused", kind)  # type: ignore[assignment]
    assert refused.last("m1") is None
    one = RefusedMessage("m1", AT, "RIS|SITE", "1", "ins_invalid", "PID^1^3")
    later = replace(one, at=AT + HOUR, code="other", location="MSH^1^9")
    for said in (one, later, replace(one, message_id="m2")):
        refused.keep_last(said)
    assert refused.last("m1") == later
    assert refused.find(AT, limit=9, after=None).messages == (), "a row is of operators alone"


@pytest.mark.parametrize("after", ["!", "YQ==", "_w=="])
def test_a_forged_position_among_refusals_is_refused(aws: None, after: str) -> None:
    with pytest.raises(BadRequest):
        DynamoRefusedMessages("lookups", "demo").find(AT, limit=1, after=after)


@pytest.mark.parametrize(
    "key",
    ["refused#2026-11-24T08#m1#code", "refused#~~", f"refused#2026-11-24T09#{'m' * 300}#code"],
)
def test_a_position_outside_of_the_listing_is_refused(aws: None, key: str) -> None:
    """DynamoDB would refuse it as a fault of ours: a page of a day ago may name one."""
    after = base64.urlsafe_b64encode(key.encode()).decode()
    with pytest.raises(BadRequest):
        DynamoRefusedMessages("lookups", "demo").find(AT, limit=1, after=after)


@both
def test_an_imported_study_is_remembered_once(make: Make, kind: str) -> None:
    imported: ImportedStudies = make("imports", kind)  # type: ignore[assignment]
    other = Uid("1.2.4")
    assert imported.get(STUDY) is None
    assert imported.several([STUDY, other]) == {}
    first = Imported(STUDY, "1860000011", AT)
    assert imported.add(first)
    assert not imported.add(replace(first, at=AT + HOUR))
    assert imported.get(STUDY) == first
    assert imported.several([other, STUDY, STUDY]) == {STUDY: first}
    imported.forget(STUDY)
    imported.forget(STUDY)
    assert imported.get(STUDY) is None


@both
def test_an_imported_study_is_whole_once_its_import_has_ended(make: Make, kind: str) -> None:
    imported: ImportedStudies = make("imports", kind)  # type: ignore[assignment]
    imported.end(STUDY)
    assert imported.get(STUDY) is None, "it was never remembered"
    first = Imported(STUDY, "1860000011", AT)
    imported.add(first)
    imported.end(STUDY)
    imported.end(STUDY)
    assert imported.get(STUDY) == replace(first, whole=True)
    assert imported.several([STUDY]) == {STUDY: replace(first, whole=True)}
    assert imported.release(first), "the same import, whole or not"


@both
def test_an_imported_study_is_released_as_it_was_read(make: Make, kind: str) -> None:
    imported: ImportedStudies = make("imports", kind)  # type: ignore[assignment]
    first = Imported(STUDY, "1860000011", AT)
    assert not imported.release(first)
    imported.add(first)
    assert not imported.release(replace(first, at=AT + HOUR))
    assert not imported.release(replace(first, site="1869990017"))
    assert imported.get(STUDY) == first
    assert imported.release(first)
    assert imported.get(STUDY) is None


def record() -> StudyRecord:
    """One with every field set."""
    return StudyRecord(
        STUDY,
        current=Current(
            manifest_uid=Uid("2.25.1"),
            version=3,
            entry_uuid="urn:uuid:1",
            intent_id="1.2.3/m-1",
            message_id="m",
            cda_sha256="ab",
            confidentiality=("N", "MASQUE_PS"),
            published_at=AT,
            edition=Edition(AT, 2, Action.REPLACE),
        ),
        pending=Pending(
            message_id="n",
            state=State.HELD,
            since=AT,
            changed_at=AT + timedelta(seconds=1),
            replay=2,
            attempt=4,
            edition=Edition(AT, 3, Action.WITHDRAW),
            reason="dmp_refused",
            detail="XDSRepositoryError",
            held_from=State.UNKNOWN,
            supersedes="l",
            in_doubt=True,
            missing_since=AT + timedelta(seconds=2),
            contested=Contest(3, ("birth_date", "sex")),
        ),
        rejections=("note-1",),
        moved=("m", "n"),
    )


@both
def test_a_record_is_changed_only_from_the_revision_that_was_read(make: Make, kind: str) -> None:
    records: StudyRecords = make("records", kind)  # type: ignore[assignment]
    assert records.get(STUDY) == StudyRecord(STUDY)
    stored = records.put(record())
    assert stored.revision == 1
    assert records.get(STUDY) == stored
    with pytest.raises(StudyBusy):
        records.put(record())
    settled = records.put(replace(stored, pending=None))
    assert records.get(STUDY) == settled
    with pytest.raises(StudyBusy):
        records.put(stored)
    left = Withdrawal(Edition(AT, 4, Action.WITHDRAW), 3, "1.2.3/o-1", "o", Uid("2.25.1"), AT)
    for withdrawn in (left, replace(left, manifest_uid=None)):
        settled = records.put(replace(settled, current=None, withdrawn=withdrawn))
        assert records.get(STUDY) == settled
    assert records.put(replace(settled, withdrawn=None)).revision == 5
    assert records.get(STUDY).current is None


def entry(message_id: str = "m", *studies: str) -> MessageEntry:
    return MessageEntry(
        message_id,
        AT,
        0,
        "",
        {Uid(s): StudyOutcome(Outcome.IN_PROGRESS, "", AT) for s in studies or ("1.2.3",)},
    )


@both
def test_studies_are_listed_by_state_page_by_page(make: Make, kind: str) -> None:
    records: StudyRecords = make("records", kind)  # type: ignore[assignment]
    whole = record()
    studies = [Uid(f"1.2.{number}") for number in range(5)]
    for study in studies:
        records.put(replace(whole, study_instance_uid=study, pending=None))
    records.put(replace(whole, study_instance_uid=Uid("1.3")))
    found: list[Uid] = []
    after = None
    while True:
        page = records.find("settled", limit=2, after=after, oldest_first=True)
        found += [one.study_instance_uid for one in page.records]
        if page.next is None:
            break
        after = page.next
    assert sorted(found) == studies
    (held,) = records.find("held", limit=9, after=None, oldest_first=True).records
    assert held.study_instance_uid == "1.3"
    assert records.find("withdrawn", limit=9, after=None) == RecordPage((), None)


@both
def test_studies_are_listed_from_an_instant_on_and_before_another(make: Make, kind: str) -> None:
    records: StudyRecords = make("records", kind)  # type: ignore[assignment]
    whole = replace(record(), pending=None)
    assert whole.current is not None
    for number in range(4):
        at = AT + number * HOUR + timedelta(microseconds=number % 2)
        study, current = Uid(f"1.2.{number}"), replace(whole.current, published_at=at)
        records.put(replace(whole, study_instance_uid=study, current=current))
    paris = ZoneInfo("Europe/Paris")
    between = (AT.astimezone(paris), (AT + 2 * HOUR).astimezone(paris))
    found: list[Uid] = []
    after = None
    while True:
        page = records.find("settled", limit=1, after=after, oldest_first=True, between=between)
        found += [one.study_instance_uid for one in page.records]
        if page.next is None:
            break
        after = page.next
    assert found == ["1.2.0", "1.2.1"]


def test_a_cursor_of_another_time_is_refused(aws: None) -> None:
    records = DynamoStudyRecords("studies", "demo")
    whole = replace(record(), pending=None)
    for number in range(2):
        records.put(replace(whole, study_instance_uid=Uid(f"1.2.{number}")))
    after = records.find("settled", limit=1, after=None).next
    with pytest.raises(BadRequest):
        records.find("settled", limit=1, after=after, between=(AT + HOUR, AT + 2 * HOUR))


@both
def test_a_patient_is_changed_only_from_the_revision_that_was_read(make: Make, kind: str) -> None:
    patients: KnownPatients = make("patients", kind)  # type: ignore[assignment]
    assert patients.get("k") == KnownPatient("k")
    assert patients.put(KnownPatient("k", 0, {"sex": "ab"}))
    assert not patients.put(KnownPatient("k", 0, {"sex": "cd"}))
    assert patients.get("k") == KnownPatient("k", 1, {"sex": "ab"})
    assert patients.put(KnownPatient("k", 1, {"sex": "cd", "birth_date": "ef"}))
    assert not patients.put(KnownPatient("k", 1, {}))
    assert patients.get("k") == KnownPatient("k", 2, {"sex": "cd", "birth_date": "ef"})
    several = KnownPatient("k", 2, {"sex": "cd"}, ({"sex": "ef"}, {}))
    assert patients.put(several)
    assert patients.get("k") == replace(several, revision=3)
    assert patients.get("l") == KnownPatient("l")


@both
def test_a_message_is_opened_once_and_its_outcomes_are_kept(make: Make, kind: str) -> None:
    log: MessageLog = make("log", kind)  # type: ignore[assignment]
    assert log.get("m") is None
    opened = log.open(entry("m", "1.2.3", "1.2.4"))
    assert log.open(replace(opened, ignored="later")) == opened
    held = StudyOutcome(Outcome.HELD, "study_not_found", AT + timedelta(minutes=1))
    log.set_outcome("m", Uid("1.2.3"), held)
    published = StudyOutcome(Outcome.PUBLISHED, "", AT + timedelta(minutes=2))
    log.set_outcome("m", Uid("1.2.4"), published)
    found = log.get("m")
    assert found is not None
    assert found.studies == {Uid("1.2.3"): held, Uid("1.2.4"): published}
    assert found.state == "held"
    with pytest.raises(Transient):
        log.set_outcome("unknown", STUDY, held)
    assert [log.next_replay("m"), log.next_replay("m")] == [1, 2]


@both
def test_messages_are_listed_by_state_page_by_page(make: Make, kind: str) -> None:
    log: MessageLog = make("log", kind)  # type: ignore[assignment]
    for number in range(5):
        log.open(entry(f"m{number}"))
    log.set_outcome("m4", STUDY, StudyOutcome(Outcome.PUBLISHED, "", AT))
    found: list[str] = []
    after = None
    while True:
        page = log.find("in_progress", limit=2, after=after)
        found += [one.message_id for one in page.entries]
        if page.next is None:
            break
        after = page.next
    assert sorted(found) == ["m0", "m1", "m2", "m3"]
    assert [one.message_id for one in log.find("published", limit=9, after=None).entries] == ["m4"]


@both
def test_an_effect_leaves_one_record(make: Make, kind: str, aws: None) -> None:
    audit: Audit = make("audit", kind)  # type: ignore[assignment]
    for _ in range(2):
        audit.record("e", key="k", result="ok", who="me", facts={"ins": "2"})
    audit.record("e", key="other", result="ok", who="me", facts={})
    assert _count(audit) == 2


def _count(audit: Audit) -> int:
    if isinstance(audit, MemoryAudit):
        return len(audit.records)
    from functions.aws import clients  # noqa: PLC0415

    listed = clients.s3().list_objects_v2(Bucket="audit", Prefix="demo/audit/2026-11-24/e/")
    return listed["KeyCount"]


@both
def test_a_circuit_is_stored_whole_and_by_one_writer_at_a_time(make: Make, kind: str) -> None:
    circuits = make("circuits", kind)
    assert isinstance(circuits, MemoryCircuits | DynamoCircuits)
    port: Circuits = circuits
    fresh = port.get("dmp")
    assert fresh == CircuitState("dmp")
    opened = replace(
        fresh,
        circuit=Circuit.OPEN,
        since=AT,
        began=AT - HOUR,
        failed_at=AT,
        asked_at=AT + timedelta(seconds=1),
        leased_until=AT + timedelta(minutes=2),
        not_before=AT + timedelta(minutes=10),
        failures=3,
        slot=4,
        passed=5,
        subjects=("1.2.3", "1.2.4"),
    )
    assert port.put(opened)
    assert not port.put(opened)
    assert port.get("dmp") == replace(opened, revision=1)
    assert port.get("dmp/1750803447") == CircuitState("dmp/1750803447")
    assert port.several(["dmp/1750803447", "dmp"]) == {
        "dmp": replace(opened, revision=1),
        "dmp/1750803447": CircuitState("dmp/1750803447"),
    }
    closed = CircuitState("dmp", revision=1)
    assert port.put(closed)
    assert not port.put(replace(closed, failures=1))
    assert port.get("dmp") == replace(closed, revision=2)


def fill_job() -> Job:
    """One with every field set."""
    wish = Wish(Kind.FILL, {"study": "1.2.3", "series": "1.2.3.1", "edition": "2.25.1/0"})
    return Job(
        *(wish.key, wish, "c1", JobState.TAKEN, AT, AT - HOUR, AT + HOUR),
        sent=2,
        attempts=3,
        lost=1,
        given_up=4,
        worker="00000000-0000-4000-8000-000000000001",
        reason="study_busy",
        told="words",
    )


@both
def test_a_job_is_stored_whole_and_by_one_writer_at_a_time(make: Make, kind: str) -> None:
    store: Jobs = make("jobs", kind)  # type: ignore[assignment]
    job = fill_job()
    assert store.get(job.key) is None
    assert store.put(job)
    assert not store.put(job)
    assert store.get(job.key) == replace(job, revision=1)
    assert store.get("fill#0") is None
    assert store.several([]) == {}
    assert store.several(["fill#0", job.key, job.key]) == {job.key: replace(job, revision=1)}
    bare = Job(*(job.key, job.wish, "c1", JobState.ASKED, AT, AT, AT), revision=1)
    assert store.put(bare)
    assert store.get(job.key) == replace(bare, revision=2)


@both
def test_hundreds_of_jobs_are_read_at_once(make: Make, kind: str) -> None:
    """BatchGetItem takes a hundred."""
    store: Jobs = make("jobs", kind)  # type: ignore[assignment]
    jobs = [replace(fill_job(), key=f"fill#{number}") for number in range(201)]
    assert all(map(store.put, jobs))
    found = store.several(job.key for job in jobs)
    assert found == {job.key: replace(job, revision=1) for job in jobs}


def test_a_job_of_before_the_leases_is_read(aws: None) -> None:
    store, job = DynamoJobs("jobs", "demo", SystemClock()), fill_job()
    assert store.put(job)
    (item,) = clients.dynamodb().scan(TableName="jobs")["Items"]
    del item["worker"], item["told"]
    clients.dynamodb().put_item(TableName="jobs", Item=item)
    assert store.get(job.key) == replace(job, revision=1, worker="", told="")


def question() -> Question:
    """One with every field set."""
    wish = Wish(Kind.FIND, {"asker": "request-1", "criteria": "0a"})
    return Question(
        *(wish.key, wish, "c1", QuestionState.ANSWERED, 2, AT, AT + HOUR),
        sealed="sealed",
        ended_at=AT + HOUR,
        word="told",
        answer=Answer("answers/0a", 12, "f" * 64),
        reason="pacs_refused",
    )


@both
def test_a_question_is_stored_whole_and_by_one_writer_at_a_time(make: Make, kind: str) -> None:
    store: Questions = make("questions", kind)  # type: ignore[assignment]
    one = question()
    assert store.get(one.key) is None
    assert store.put(one)
    assert not store.put(one)
    assert store.get(one.key) == replace(one, revision=1)
    bare = Question(*(one.key, one.wish, "c1", QuestionState.ASKED, 0, AT, AT + HOUR), revision=1)
    assert store.put(bare)
    assert store.get(one.key) == replace(bare, revision=2)


def test_a_question_is_the_tenant_s_own_and_ends_by_itself(aws: None) -> None:
    assert DynamoQuestions("jobs", "demo").put(question())
    assert DynamoQuestions("jobs", "other").get(question().key) is None
    (item,) = clients.dynamodb().scan(TableName="jobs")["Items"]
    assert int(item["ends_at"]["N"]) == (AT + HOUR + timedelta(days=1)).timestamp()


@both
def test_the_last_word_of_each_agent_stands(make: Make, kind: str) -> None:
    store: AgentStates = make("agents", kind)  # type: ignore[assignment]
    assert store.all() == ()
    first = AgentState(
        *("salle-1", AT, "1.0.0", 1, PacsSeen.REACHABLE, timedelta(seconds=-2.5)),
        *(3, AT - HOUR, 10**12),
    )
    second = replace(first, name="salle-2", spooled=0, spooled_since=None)
    for one in (first, second):
        store.put(one)
    assert store.all() == (first, second)
    later = replace(first, seen_at=AT + HOUR, pacs=PacsSeen.UNKNOWN)
    store.put(later)
    assert set(store.all()) == {later, second}
    store.put(replace(second, enrolled=True))
    store.forget("salle-1")
    store.forget("salle-1")
    assert store.all() == (replace(second, enrolled=True),)


@both
def test_an_agent_s_record_is_written_by_one_at_a_time(make: Make, kind: str) -> None:
    register: Register = make("register", kind)  # type: ignore[assignment]
    never = AgentRecord("salle-1")
    assert (register.get("salle-1"), register.all()) == (never, ())
    invited = never.invited(Invitation("ABCDE", "hash", AT + HOUR, 2), AT)
    assert register.put(invited)
    assert not register.put(invited)
    stored = register.get("salle-1")
    assert stored == replace(invited, revision=1)
    issued = Issued("ab12", AT, AT + HOUR)
    assert register.put(stored.enrolled(issued, AT))
    assert register.put(AgentRecord("salle-0").invited(Invitation("FGHJK", "hash", AT), AT))
    assert [one.name for one in register.all()] == ["salle-0", "salle-1"]
    stored = register.get("salle-1")
    assert stored.opens("ab12")
    assert register.put(stored.removed(AT))
    assert register.get("salle-1") == replace(stored.removed(AT), revision=3)


def test_agents_are_the_tenant_s_own_and_requests_are_counted_for_a_while(aws: None) -> None:
    gone = AgentRecord("salle-1").invited(Invitation("A", "hash", AT), AT).removed(AT)
    assert DynamoAgentRegister("agents", "demo").put(gone)
    assert DynamoAgentRegister("agents", "other").all() == ()
    (item,) = clients.dynamodb().scan(TableName="agents")["Items"]
    assert int(item["ends_at"]["N"]) > (AT + timedelta(days=90)).timestamp()
    clock = VirtualClock(AT)
    tries = DynamoTries("agents", "demo", clock)
    assert [tries.count("192.0.2.1") for _ in range(3)] == [1, 2, 3]
    assert tries.count("192.0.2.2") == DynamoTries("agents", "other", clock).count("192.0.2.1") == 1
    clock.advance(WINDOW)
    assert tries.count("192.0.2.1") == 1
    items = clients.dynamodb().scan(TableName="agents")["Items"]
    assert "192.0.2" not in str(items)
    assert all("ends_at" in one for one in items)
    assert DynamoAgentRegister("agents", "demo").all() == (replace(gone, revision=1),)


def test_the_last_words_of_agents_are_the_tenant_s_own_and_end_by_themselves(aws: None) -> None:
    one = AgentState("salle-1", AT, "1", 1, PacsSeen.UNKNOWN, HOUR, 0, None, 1)
    DynamoAgentStates("health", "demo").put(one)
    assert DynamoAgentStates("health", "other").all() == ()
    (item,) = clients.dynamodb().scan(TableName="health")["Items"]
    assert int(item["ends_at"]["N"]) > AT.timestamp()


@both
def test_health_is_stored_whole_and_by_one_writer_at_a_time(make: Make, kind: str) -> None:
    store: HealthStore = make("health", kind)  # type: ignore[assignment]
    assert store.get() == Health()
    for health in (
        Health(0, ready=False, asked_at=AT),
        Health(1, ready=True, answered_at=AT, asked_at=AT + timedelta(seconds=1)),
        Health(2, ready=False, answered_at=AT),
    ):
        assert store.put(health)
        assert not store.put(health)
        assert store.get() == replace(health, revision=health.revision + 1)


@both
def test_the_last_refusal_of_a_white_list_stands_beside_the_list(make: Make, kind: str) -> None:
    store: WhiteListStore = make("white_lists", kind)  # type: ignore[assignment]
    assert store.refusal() is None
    for refusal in (Refusal("white_list_altered", AT), Refusal("white_list_older", AT + HOUR)):
        store.refuse(refusal)
        assert store.refusal() == refusal
    assert store.get() is None


@both
def test_a_site_s_state_is_stored_whole_and_by_one_writer_at_a_time(make: Make, kind: str) -> None:
    store: StateStore = make("states", kind)  # type: ignore[assignment]
    one, other = (SourceAddress("db.example", port, "/rs") for port in (443, 8443))
    assert store.get(one) == KeptState()
    for kept in (
        KeptState(0, asked_at=AT),
        KeptState(1, SourceState.SILENT, AT, AT + HOUR, AT + HOUR),
        KeptState(2, SourceState.READY, AT + HOUR, AT + HOUR),
    ):
        assert store.put(one, kept)
        assert not store.put(one, kept)
        assert store.get(one) == replace(kept, revision=kept.revision + 1)
    assert store.get(other) == KeptState()
    store.put(other, KeptState(asked_at=AT))
    assert store.seen() == (SeenHost("db.example", SourceState.READY, AT + HOUR, AT + HOUR),)


@both
def test_an_outcome_is_stored_whole_and_by_one_writer_at_a_time(make: Make, kind: str) -> None:
    store: OutcomeStore = make("outcomes", kind)  # type: ignore[assignment]
    assert store.get(Asked.PSC) is None
    for outcome in (LastOutcome(True, AT, AT), LastOutcome(False, AT + HOUR, AT + 2 * HOUR, 1)):
        assert store.put(Asked.PSC, outcome)
        assert not store.put(Asked.PSC, outcome)
        assert store.get(Asked.PSC) == replace(outcome, revision=outcome.revision + 1)
    assert store.get(Asked.DMP) is None


def test_an_outcome_is_the_tenant_s_own_and_a_site_s_state_is_everybody_s(aws: None) -> None:
    assert DynamoOutcomes("health", "demo").put(Asked.DMP, LastOutcome(True, AT, AT))
    assert DynamoOutcomes("health", "other").get(Asked.DMP) is None
    site = SourceAddress("db.example", 443, "/canary-prefix")
    assert DynamoSourceStates("health", SystemClock()).put(site, KeptState(asked_at=AT))
    from functions.aws import clients  # noqa: PLC0415

    items = clients.dynamodb().scan(TableName="health")["Items"]
    assert sorted(one["tenant"]["S"] for one in items) == ["*", "demo"]
    assert "canary" not in str(items)
    assert all(int(one["ends_at"]["N"]) > AT.timestamp() for one in items)


@both
def test_the_white_list_is_stored_whole_and_by_one_writer_at_a_time(make: Make, kind: str) -> None:
    store: WhiteListStore = make("white_lists", kind)  # type: ignore[assignment]
    assert store.get() is None
    first = KeptWhiteList(0, b"<\xc3\xa9/>", AT, AT + HOUR, AT + 2 * HOUR)
    later = KeptWhiteList(1, b"x" * 360 * 1024, AT + HOUR, AT + 2 * HOUR, AT + 3 * HOUR)
    for kept in (first, later):
        assert store.put(kept)
        assert not store.put(kept)
        assert store.get() == replace(kept, revision=kept.revision + 1)


def test_a_circuit_is_the_tenant_s_own_and_ends_by_itself(aws: None) -> None:
    state = CircuitState("dmp", circuit=Circuit.OPEN, since=AT)
    assert DynamoCircuits("circuits", "demo", SystemClock()).put(state)
    assert DynamoCircuits("circuits", "other", SystemClock()).get("dmp") == CircuitState("dmp")
    (item,) = clients.dynamodb().scan(TableName="circuits")["Items"]
    assert item["tenant"] == {"S": "demo"}
    assert int(item["ends_at"]["N"]) > AT.timestamp() + timedelta(days=10).total_seconds()


def test_a_job_is_the_tenant_s_own_and_ends_by_itself(aws: None) -> None:
    job = replace(fill_job(), due_at=datetime(2100, 1, 1, tzinfo=UTC))
    assert DynamoJobs("jobs", "demo", SystemClock()).put(job)
    assert DynamoJobs("jobs", "other", SystemClock()).get(job.key) is None
    (item,) = clients.dynamodb().scan(TableName="jobs")["Items"]
    assert item["tenant"] == {"S": "demo"}
    assert int(item["ends_at"]["N"]) == (job.due_at + timedelta(days=14)).timestamp()


@both
def test_a_history_is_kept_and_bounded(make: Make, kind: str) -> None:
    log: MessageLog = make("log", kind)  # type: ignore[assignment]
    log.open(replace(entry("m"), sender="A|B", validated_at=AT))
    for number in range(HISTORY + 3):
        outcome = Outcome.HELD if number % 2 else Outcome.IN_PROGRESS
        at = AT + timedelta(minutes=number)
        reason = "study_not_found" if number % 2 else ""
        found = log.set_outcome("m", STUDY, StudyOutcome(outcome, reason, at))
    assert found == log.get("m")
    assert (found.sender, found.validated_at, len(found.history)) == ("A|B", AT, HISTORY)
    assert found.history[-1].outcome == found.studies[STUDY]
    assert found.was_held(STUDY)
    assert log.set_outcome("m", STUDY, found.studies[STUDY]) == found


@both
def test_an_ignored_message_takes_its_turn_after_all(make: Make, kind: str) -> None:
    log: MessageLog = make("log", kind)  # type: ignore[assignment]
    log.open(replace(entry("m"), ignored="ignored_sender", studies={}))
    log.set_outcome("m", STUDY, StudyOutcome(Outcome.PUBLISHED, "", AT))
    for _ in range(2):
        log.restore("m", [STUDY, Uid("1.2.4")], AT)
    found = log.get("m")
    assert found is not None
    assert (found.ignored, found.state) == ("", "in_progress")
    assert found.studies[STUDY].outcome is Outcome.PUBLISHED
    log.set_override("m", 2)
    log.set_override("m", 1)
    again = log.get("m")
    assert again is not None
    assert again.override == 2


@both
def test_messages_are_listed_by_time(make: Make, kind: str) -> None:
    log: MessageLog = make("log", kind)  # type: ignore[assignment]
    for number in range(4):
        log.open(replace(entry(f"m{number}", "1.2.3"), studies={}, received_at=AT + number * HOUR))
    page = log.find("in_progress", limit=9, after=None, since=AT + HOUR, until=AT + 2 * HOUR)
    assert [one.message_id for one in page.entries] == ["m2", "m1"]
    first = log.find("in_progress", limit=3, after=None, oldest_first=True)
    rest = log.find("in_progress", limit=3, after=first.next, oldest_first=True)
    assert [one.message_id for one in first.entries] == ["m0", "m1", "m2"]
    assert [one.message_id for one in rest.entries] == ["m3"]


@both
def test_records_are_listed_by_state(make: Make, kind: str) -> None:
    records: StudyRecords = make("records", kind)  # type: ignore[assignment]
    for number in range(3):
        pending = replace(pending_in(record()), state=State.UNKNOWN, changed_at=AT + number * HOUR)
        records.put(StudyRecord(Uid(f"1.2.{number}"), pending=pending))
    records.put(record())
    first = records.find("unknown", limit=2, after=None)
    rest = records.find("unknown", limit=2, after=first.next)
    assert [str(one.study_instance_uid) for one in (*first.records, *rest.records)] == [
        "1.2.2",
        "1.2.1",
        "1.2.0",
    ]
    assert rest.next is None
    assert first.records[0] == records.get(Uid("1.2.2"))


@both
def test_names_of_objects_are_listed(make: Make, kind: str) -> None:
    blobs: Listing = make("blobs", kind)  # type: ignore[assignment]
    for name in ("b/2", "b/1", "a/1"):
        blobs.put_once(name, name.encode())  # type: ignore[attr-defined]
    assert blobs.names("b/", limit=9) == (Listed("b/1", 3), Listed("b/2", 3))
    assert blobs.names("b/", limit=1) == (Listed("b/1", 3),)
    assert blobs.names("c/", limit=9) == ()


@both
def test_a_finding_on_a_certificate_is_kept_whole(make: Make, kind: str) -> None:
    known = make("certificates", kind)
    assert isinstance(known, MemoryFoundCertificates | DynamoFoundCertificates)
    facts = CertificateFacts("CN=x,OU=1", "CN=ca", "ab", AT, AT + timedelta(days=1), "00ff")
    for judgement in (
        Judgement(facts, None),
        Judgement(facts, CertificateFault.EXPIRED),
        Judgement(None, CertificateFault.ABSENT),
    ):
        known.put("1750803447", Use.SIGN, Found(judgement, AT))
        assert known.get("1750803447", Use.SIGN) == Found(judgement, AT)
    assert known.get("1750803447", Use.AUTH) is None
    assert known.get("1750803448", Use.SIGN) is None


@both
def test_causes_are_changed_together_or_not_at_all(make: Make, kind: str) -> None:
    store: CauseStore = make("causes", kind)  # type: ignore[assignment]
    assert store.member("m/1") == Member("m/1")
    assert store.cause("dmp_refused") == Cause("dmp_refused")
    held = Member("m/1", 0, "dmp_refused", ("dmp_refused",))
    opened = Cause("dmp_refused", 0, 1, AT)
    assert store.move(held, [opened])
    assert not store.move(held, [opened])
    assert not store.move(Member("m/2", 0, "dmp_refused"), [opened])
    assert store.member("m/2") == Member("m/2")
    assert store.member("m/1") == replace(held, revision=1)
    told = replace(opened, revision=1, told=News.OPENED, claim="c", claimed_at=AT)
    assert store.put(told)
    assert not store.put(told)
    assert store.put(Cause("accession_mismatch"))
    assert store.all() == (Cause("accession_mismatch", 1), replace(told, revision=2))


@both
def test_of_many_causes_none_is_left_out(make: Make, kind: str) -> None:
    """A cause is kept when it has ended: those of structures that have left stand before others."""
    store: CauseStore = make("causes", kind)  # type: ignore[assignment]
    names = sorted(f"dmp/{number:03}" for number in range(2 * len(HELD_REASONS) + 1))
    for name in (*names, "pacs"):
        assert store.put(Cause(name))
    assert [one.reason for one in store.all()] == [*names, "pacs"]


@both
def test_filters_are_an_operator_s_own(make: Make, kind: str) -> None:
    store: FilterStore = make("filters", kind)  # type: ignore[assignment]
    assert store.get("me") == Filters("me")
    mine = Filters("me", 0, {"Held": {"state": "held"}, "All": {}})
    assert store.put(mine)
    assert not store.put(mine)
    assert store.get("me") == replace(mine, revision=1)
    assert store.get("you") == Filters("you")


@both
def test_a_context_is_claimed_once_and_only_where_it_is(make: Make, kind: str) -> None:
    contexts: ContextStore = make("contexts", kind)  # type: ignore[assignment]
    assert contexts.get("context#1") is None
    assert not contexts.claim("context#1", "bound_to", "a", AT + HOUR)
    assert contexts.get("context#1") is None, "a claim makes nothing"
    contexts.put("context#1", {"sealed": "x"}, AT)
    assert contexts.get("context#1") == {"sealed": "x"}
    assert contexts.claim("context#1", "bound_to", "a", AT + HOUR)
    assert not contexts.claim("context#1", "bound_to", "b", AT + HOUR)
    assert not contexts.claim("context#1", "bound_to", "a", AT + HOUR)
    assert contexts.get("context#1") == {"sealed": "x", "bound_to": "a"}


def wait(message: str = "m", replay: int = 0, wake: int = 1) -> Wait:
    """A change that waits for the DMP."""
    change = Change("demo", message, STUDY, replay, 2, Waited(wake, "dmp", 3, AT))
    return Wait(change, Step.PUBLISH_MANIFEST, "dmp", AT, AT + HOUR, AT + 2 * HOUR)


@both
def test_a_change_waits_for_one_thing_and_the_latest_wait_stands(make: Make, kind: str) -> None:
    waits: Waits = make("waits", kind)  # type: ignore[assignment]
    assert waits.all() == ()
    assert waits.put(wait(wake=2))
    assert waits.put(wait(wake=2))
    assert not waits.put(wait(wake=1))
    assert waits.put(wait(replay=1))
    assert not waits.put(wait(wake=9))
    told = replace(wait("n"), not_before=AT + HOUR, patience=timedelta(days=4))
    assert waits.put(told)
    assert set(waits.all()) == {wait(replay=1), told}
    assert waits.put(wait("n"))
    assert set(waits.all()) == {wait(replay=1), wait("n")}
    assert waits.of("m") == (wait(replay=1),)
    assert waits.of("o") == ()
    waits.forget(wait(wake=9))
    waits.forget(wait(replay=1, wake=2))
    assert waits.of("m") == (wait(replay=1),)
    waits.forget(wait(replay=1))
    waits.forget(wait(replay=1))
    assert waits.all() == (wait("n"),)


@both
def test_a_ticker_has_one_writer_at_a_time(make: Make, kind: str) -> None:
    waits: Waits = make("waits", kind)  # type: ignore[assignment]
    assert waits.ticker() == Ticker()
    ticker = Ticker(0, AT, {"dmp/1750000001": Probe(3, AT + HOUR)})
    assert waits.put_ticker(ticker)
    assert not waits.put_ticker(ticker)
    assert waits.ticker() == replace(ticker, number=1)
    assert waits.put_ticker(Ticker(1))
    assert waits.ticker() == Ticker(2)
    assert waits.all() == ()


@both
def test_a_message_s_news_have_one_teller_at_a_time(make: Make, kind: str) -> None:
    tellings: Tellings = make("tellings", kind)  # type: ignore[assignment]
    assert tellings.get("m") == Telling("m")
    first = Telling("m", sequence=1, digest="ab", since=AT)
    assert tellings.put(first)
    assert not tellings.put(replace(first, digest="cd"))
    assert tellings.get("m") == replace(first, revision=1)
    missed = replace(first, revision=1, ended=True, missed_at=AT + HOUR)
    assert tellings.put(missed)
    assert tellings.get("m") == replace(missed, revision=2)
    assert tellings.put(replace(missed, revision=2, missed_at=None))
    assert tellings.get("m") == replace(missed, revision=3, missed_at=None)
    assert tellings.get("n") == Telling("n")


@both
def test_missed_news_are_listed_for_a_while_the_latest_first(make: Make, kind: str) -> None:
    news: MissedNews = make("missed", kind)  # type: ignore[assignment]
    assert news.latest(9, AT) == ()
    former, later = Missed("b", AT), Missed("a", AT + timedelta(microseconds=1), refused=True)
    for one in (former, later, former):
        news.add(one)
    assert news.latest(9, AT + HOUR) == (later, former)
    assert news.latest(1, AT + HOUR) == (later,)
    assert news.latest(9, later.at + KEPT) == (later,)
    news.remove(later)
    news.remove(Missed("c", AT))
    assert news.latest(9, AT + HOUR) == (former,)


@both
def test_the_messages_of_a_study_have_one_writer_at_a_time(make: Make, kind: str) -> None:
    tellings: Tellings = make("tellings", kind)  # type: ignore[assignment]
    none = Publishers(STUDY)
    assert tellings.publishers(STUDY) == none
    assert tellings.put_publishers(none.joined("m"))
    assert not tellings.put_publishers(none.joined("n"))
    first = tellings.publishers(STUDY)
    assert first == Publishers(STUDY, 1, ("m",))
    assert tellings.put_publishers(first.joined("n"))
    assert tellings.publishers(STUDY) == Publishers(STUDY, 2, ("m", "n"))
    assert tellings.publishers(Uid("1.2.4")) == Publishers(Uid("1.2.4"))


def test_a_telling_without_a_state_is_never_stored(aws: None) -> None:
    with pytest.raises(ValueError, match="nothing to tell"):
        DynamoTellings("news", "demo").put(Telling("m"))


@both
def test_a_message_that_is_held_whole_takes_its_turn_after_all(make: Make, kind: str) -> None:
    log: MessageLog = make("log", kind)  # type: ignore[assignment]
    held = replace(entry("m"), held="site_accepted_reused", studies={})
    assert log.open(held) == log.get("m") == held
    assert [one.message_id for one in log.find("held", limit=9, after=None).entries] == ["m"]
    for _ in range(2):
        log.restore("m", [STUDY], AT)
    found = log.get("m")
    assert found is not None
    assert (found.held, found.state) == ("", "in_progress")
    assert list(found.studies) == [STUDY]
