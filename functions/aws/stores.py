"""The only door to a tenant's stores and to the outside; every adapter is made here.

Everything behind :func:`for_tenant` is bound to one tenant; :func:`for_platform` opens the
providers of identities and the white list, which serve all tenants. A function's settings say which
doors it has: each demands its protocol, and a ``Site`` of a function without some store has a
closed one.

Every function loads this module and has few of the doors: each door imports its own adapter.
"""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from functions.aws import settings_protocols as names
from functions.aws import tenants
from functions.aws.clock import RandomUids, SystemClock
from functions.drimbox.errors import ConfigurationError
from functions.drimbox.tenants.model import Link
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from cryptography.x509 import Certificate

    from functions.aws.agent_register import DynamoAgentRegister
    from functions.aws.agents import Failing
    from functions.aws.blobs import S3Blobs
    from functions.aws.cache_store import S3CacheStore
    from functions.aws.causes import DynamoCauses
    from functions.aws.found_certificates import DynamoCheckRound, DynamoFoundCertificates
    from functions.aws.imported_studies import DynamoImportedStudies
    from functions.aws.message_log import DynamoMessageLog
    from functions.aws.missed_news import DynamoMissedNews
    from functions.aws.operator_filters import DynamoFilters
    from functions.aws.pacing import Pace
    from functions.aws.queues import (
        ExamWorkflow,
        PublishWorkflow,
        ReconcileWorkflow,
        SqsLooks,
        SqsMessages,
        SqsNews,
    )
    from functions.aws.refused_messages import DynamoRefusedMessages
    from functions.aws.revocation_lists import S3RevokedLists
    from functions.aws.revocation_source import HttpLists
    from functions.aws.structure_keys import TenantKeys
    from functions.aws.study_records import DynamoStudyRecords
    from functions.aws.uploads import S3Uploads
    from functions.aws.waits import DynamoWaits
    from functions.drimbox.agents.answering import AnswerDesk
    from functions.drimbox.agents.incoming import Place
    from functions.drimbox.agents.loan import LoanDesk
    from functions.drimbox.agents.site_pacs import SiteAgent
    from functions.drimbox.audit_seals.sealing import Sealing
    from functions.drimbox.breaker import Breaker
    from functions.drimbox.budget import Budget
    from functions.drimbox.consultation import find_exams
    from functions.drimbox.consultation.contexts import Contexts
    from functions.drimbox.consultation.exam_sources import KnownDesk, SourcesDesk
    from functions.drimbox.consultation.linked_exam import LinkedExam
    from functions.drimbox.consultation.list_views import ListViews
    from functions.drimbox.consultation.outcomes import Outcomes
    from functions.drimbox.consultation.reader_facts import ReaderFacts
    from functions.drimbox.consultation.report_link import ReportLink
    from functions.drimbox.consultation.services import ServicesDesk
    from functions.drimbox.consultation.shown_documents import ShownDocuments
    from functions.drimbox.consultation.source_facts import SourceMemory
    from functions.drimbox.dmp.formats import DeviceAuthor
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.dmp.session import DmpSession
    from functions.drimbox.enrolment.enrolling import EnrolmentDesk
    from functions.drimbox.enrolment.remote_key import RemoteKey
    from functions.drimbox.identity.oidc import OidcClient
    from functions.drimbox.identity.psc import PscClient
    from functions.drimbox.identity.psc_sign_in import PscSignIn
    from functions.drimbox.identity.sealing import Seal
    from functions.drimbox.identity.session import Sessions
    from functions.drimbox.images.pacs import DicomwebPacs
    from functions.drimbox.importing import sending
    from functions.drimbox.jobs.desk import JobDesk, JobQueue
    from functions.drimbox.oid import Uid
    from functions.drimbox.operations.agent_alerts import AgentWatch
    from functions.drimbox.operations.causes import CauseBook
    from functions.drimbox.operations.managing_agents import AgentsDesk
    from functions.drimbox.operations.outage_alerts import OutageWatch
    from functions.drimbox.operations.searching_pacs import SearchedPacs
    from functions.drimbox.operations.sign_in import OperatorFacts
    from functions.drimbox.outside.given_files import GivenFiles
    from functions.drimbox.outside.record_notes import RecordNotes
    from functions.drimbox.peers.calling_peer import CallingPeer
    from functions.drimbox.peers.refresh import WhiteListDesk
    from functions.drimbox.peers.source_states import SeenHost
    from functions.drimbox.peers.status import ListStatus
    from functions.drimbox.ports import Audit, Clock, Pacs, Tries, Uids
    from functions.drimbox.publication import asking_dmp
    from functions.drimbox.publication.change import Change
    from functions.drimbox.publication.finding import Finder
    from functions.drimbox.publication.known_traits import KnownTraits
    from functions.drimbox.publication.notes import NoteDesk
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.publication.receive import Desk
    from functions.drimbox.publication.serving import ImageDesk
    from functions.drimbox.publication.site_fills import SiteFills
    from functions.drimbox.publication.sweeping import SweepDesk
    from functions.drimbox.publication.waiting.looking import Archive
    from functions.drimbox.publication.waiting.parking import Parking
    from functions.drimbox.publication.waiting.wait import Wait
    from functions.drimbox.publication.waiting.waking import Waker
    from functions.drimbox.reading.exam_series import Sites
    from functions.drimbox.reading.peer import Token
    from functions.drimbox.reading.shelf import Shelf
    from functions.drimbox.tenants.model import Tenant
    from functions.drimbox.webhook.teller import Teller

CLOCK: Final[Clock] = SystemClock()
UIDS: Final[Uids] = RandomUids()

S = TypeVar("S", bound=names.NamesTenants)
S_co = TypeVar("S_co", bound=names.NamesTenants, covariant=True)
P = TypeVar("P", bound=names.NamesTrustAnchors)
P_co = TypeVar("P_co", bound=names.NamesTrustAnchors, covariant=True)


class Closed:
    """Stands for a store that the function does not have: any use of it is a fault of ours."""

    def __init__(self, store: str) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        raise ConfigurationError(f"this function has no {self._store}")


def _closed(store: str) -> Any:
    """A closed store of any port."""
    return Closed(store)


@frozen
class TenantStores(Generic[S_co]):
    """One tenant's stores: those that the function's ``settings`` name. ``budget``: the time of the
    person's request that they serve, None where nobody waits.
    """

    settings: S_co
    tenant: Tenant
    clock: Clock
    budget: Budget | None = None

    @property
    def slug(self) -> str:
        """The tenant's."""
        return self.tenant.tenant

    # Bags: the ports that one part of the library needs together.

    @property
    def site(self) -> Site:
        """Everything that a publication's steps and the operations need; the rest is closed."""
        from functions.aws.audit import S3Audit
        from functions.aws.blobs import S3Blobs
        from functions.aws.message_log import DynamoMessageLog
        from functions.aws.study_records import DynamoStudyRecords
        from functions.drimbox.publication.ports import Site

        settings: names.NamesTenants = self.settings
        return Site(
            tenant=self.tenant,
            inbox=S3Blobs(settings.inbox_bucket, self.slug)
            if isinstance(settings, names.NamesInbox)
            else _closed("inbox"),
            archive=S3Blobs(settings.archive_bucket, self.slug)
            if isinstance(settings, names.NamesArchive)
            else _closed("archive"),
            records=DynamoStudyRecords(settings.studies_table, self.slug)
            if isinstance(settings, names.NamesStudies)
            else _closed("studies"),
            messages=DynamoMessageLog(settings.messages_table, self.slug)
            if isinstance(settings, names.NamesMessages)
            else _closed("messages"),
            audit=S3Audit(settings.audit_bucket, self.slug, self.clock)
            if isinstance(settings, names.NamesAudit)
            else _closed("audit"),
            clock=self.clock,
            breaker=_breaker(settings, self.slug, self.clock)
            if isinstance(settings, names.NamesCircuits)
            else _closed("circuits"),
            causes=_causes(settings, self.slug, self.clock)
            if isinstance(settings, names.NamesCauses)
            else _closed("causes"),
            imported=_imported(settings, self.slug)
            if isinstance(settings, names.NamesImports)
            else _closed("imports"),
            finder=_finder(settings, self.slug)
            if isinstance(settings, names.NamesLookups)
            else _closed("lookups"),
            waits=_waits(settings, self.slug)
            if isinstance(settings, names.NamesWaits)
            else _closed("waits"),
            reconciliations=S3Blobs(settings.reconciliations_bucket, self.slug)
            if isinstance(settings, names.NamesReconciliations)
            else _closed("reconciliations"),
            news=_news(settings, self.slug)
            if isinstance(settings, names.NamesNews)
            else _closed("news"),
        )

    @property
    def parking(self: TenantStores[names.NamesParking]) -> Parking:
        """Where changes wait outside the workflow."""
        from functions.aws.queues import SqsTicks
        from functions.drimbox.publication.waiting.parking import Parking

        ticks = SqsTicks(self.settings.ticks_queue_url, self.slug)
        return Parking(self.site, ticks, timedelta(seconds=self.settings.probe_seconds))

    @property
    def waker(self: TenantStores[names.NamesWaking]) -> Waker:
        """Everything that wakes them."""
        from functions.aws.queues import SqsTicks
        from functions.aws.waits import DynamoStarts, not_started
        from functions.drimbox.publication.waiting.looking import Looker
        from functions.drimbox.publication.waiting.waking import Waker

        settings = self.settings
        return Waker(
            site=self.site,
            ticks=SqsTicks(settings.ticks_queue_url, self.slug),
            workflow=self.publications,
            starts=DynamoStarts(settings.waits_table, settings.starts_per_second, self.clock),
            looker=Looker(self.site, self.looked_pacs, self.presence),
            unit=timedelta(seconds=settings.probe_seconds),
            failed=not_started,
        )

    @property
    def teller(self: TenantStores[names.NamesTelling]) -> Teller:
        """Everything that tells the news of messages to the site's own address."""
        from functions.aws.webhook import open_teller

        return open_teller(self)

    @property
    def desk(self: TenantStores[names.NamesReception]) -> Desk:
        """Everything that receives a message."""
        from functions.drimbox.publication.receive import Desk

        return Desk(self.tenant, self.inbox, self.queue, self.audit, self.clock, self.refused)

    @property
    def note_desk(self: TenantStores[names.NamesNotes]) -> NoteDesk:
        """Everything that receives a rejection note."""
        from functions.drimbox.publication.notes import NoteDesk

        return NoteDesk(
            tenant=self.tenant,
            inbox=self.inbox,
            archive=self.archive,
            records=self.records,
            cache=self.cache,
            queue=self.queue,
            audit=self.audit,
            clock=self.clock,
        )

    @property
    def sweep_desk(self: TenantStores[names.NamesSweep]) -> SweepDesk:
        """Everything that sweeps the inbox."""
        from functions.aws.inbox_sweep import DynamoLastSweep, S3Arrivals
        from functions.drimbox.publication.sweeping import SweepDesk

        settings = self.settings
        return SweepDesk(
            S3Arrivals(settings.inbox_bucket, self.slug),
            self.messages,
            self.queue,
            DynamoLastSweep(settings.operations_table, self.slug),
            self.clock,
        )

    @property
    def incoming(self: TenantStores[names.NamesCache]) -> Place:
        """The objects that the site's agents have put, for a sweep."""
        from functions.aws.incoming_bodies import S3Incoming
        from functions.drimbox.agents.answering import INCOMING

        return S3Incoming(self.settings.cache_bucket, self.slug, INCOMING)

    @property
    def image_desk(self: TenantStores[names.NamesImages]) -> ImageDesk:
        """Everything that serves images."""
        from functions.drimbox.publication.serving import ImageDesk

        return ImageDesk(self.records, self.archive, self.cache, self.fills)

    @property
    def outage_watch(self: TenantStores[names.NamesOutageWatch]) -> OutageWatch:
        """Everything that alerts of a service that stays away."""
        from functions.aws.alerts import SnsOutageAlerts
        from functions.aws.causes import DynamoCauses
        from functions.aws.circuits import DynamoCircuits
        from functions.drimbox.operations.causes import CauseBook
        from functions.drimbox.operations.outage_alerts import OutageWatch

        settings, clock = self.settings, self.clock
        store = DynamoCauses(settings.operations_table, self.slug, kind="outage")
        alerts = SnsOutageAlerts(settings.alarm_topic_arn, self.slug)
        circuits = DynamoCircuits(settings.circuits_table, self.slug, clock)
        return OutageWatch(self.tenant, circuits, CauseBook(store, alerts, clock, UIDS), clock)

    @property
    def agent_watch(self: TenantStores[names.NamesAgentWatch]) -> AgentWatch:
        """Everything that alerts of an agent that is silent."""
        from functions.aws.agent_states import DynamoAgentStates
        from functions.aws.alerts import SnsOutageAlerts
        from functions.aws.causes import DynamoCauses
        from functions.drimbox.operations.agent_alerts import AgentWatch
        from functions.drimbox.operations.causes import CauseBook

        settings, clock = self.settings, self.clock
        store = DynamoCauses(settings.operations_table, self.slug, kind="silence")
        alerts = SnsOutageAlerts(settings.alarm_topic_arn, self.slug)
        states = DynamoAgentStates(settings.health_table, self.slug)
        return AgentWatch(self.tenant, states, CauseBook(store, alerts, clock, UIDS), clock)

    # Stores, one by one.

    @property
    def audit(self: TenantStores[names.NamesAudit]) -> Audit:
        """The audit trail."""
        from functions.aws.audit import S3Audit

        return S3Audit(self.settings.audit_bucket, self.slug, self.clock)

    @property
    def inbox(self: TenantStores[names.NamesInbox]) -> S3Blobs:
        """The messages, the notes and their acknowledgements."""
        from functions.aws.blobs import S3Blobs

        return S3Blobs(self.settings.inbox_bucket, self.slug)

    @property
    def archive(self: TenantStores[names.NamesArchive]) -> S3Blobs:
        """The archive of publications."""
        from functions.aws.blobs import S3Blobs

        return S3Blobs(self.settings.archive_bucket, self.slug)

    @property
    def cache(self: TenantStores[names.NamesCache]) -> S3CacheStore:
        """The image cache."""
        from functions.aws.cache_store import S3CacheStore

        return S3CacheStore(self.settings.cache_bucket, self.slug, self.tenant.cache_days)

    @property
    def uploads(self: TenantStores[names.NamesUploads]) -> S3Uploads:
        """The messages on their way in."""
        from functions.aws.uploads import S3Uploads

        return S3Uploads(self.settings.uploads_bucket, self.slug)

    @property
    def records(self: TenantStores[names.NamesStudies]) -> DynamoStudyRecords:
        """The studies."""
        from functions.aws.study_records import DynamoStudyRecords

        return DynamoStudyRecords(self.settings.studies_table, self.slug)

    @property
    def imported(self: TenantStores[names.NamesImports]) -> DynamoImportedStudies:
        """The studies that were imported from other sites."""
        return _imported(self.settings, self.slug)

    @property
    def messages(self: TenantStores[names.NamesMessages]) -> DynamoMessageLog:
        """The log of messages."""
        from functions.aws.message_log import DynamoMessageLog

        return DynamoMessageLog(self.settings.messages_table, self.slug)

    @property
    def breaker(self: TenantStores[names.NamesCircuits]) -> Breaker:
        """The circuit breakers."""
        return _breaker(self.settings, self.slug, self.clock)

    @property
    def certificates(self: TenantStores[names.NamesCertificates]) -> DynamoFoundCertificates:
        """The findings on the structures' certificates."""
        from functions.aws.found_certificates import DynamoFoundCertificates

        return DynamoFoundCertificates(self.settings.certificates_table, self.slug)

    @property
    def news(self: TenantStores[names.NamesNews]) -> SqsNews:
        """The queue of the messages that have news."""
        return _news(self.settings, self.slug)

    @property
    def missed_news(self: TenantStores[names.NamesMissedNews]) -> DynamoMissedNews:
        """The news that the site's own address missed, to be read."""
        from functions.aws.missed_news import DynamoMissedNews

        return DynamoMissedNews(self.settings.news_table, self.slug)

    @property
    def causes(self: TenantStores[names.NamesOperations]) -> DynamoCauses:
        """The causes that hold publications, to be read."""
        from functions.aws.causes import DynamoCauses

        return DynamoCauses(self.settings.operations_table, self.slug)

    @property
    def filters(self: TenantStores[names.NamesOperations]) -> DynamoFilters:
        """The operators' filters of the queue."""
        from functions.aws.operator_filters import DynamoFilters

        return DynamoFilters(self.settings.operations_table, self.slug)

    @property
    def sessions(self: TenantStores[names.NamesSessions]) -> Sessions[OperatorFacts]:
        """The operators' sessions, sealed under the tenant's own secret."""
        from functions.aws.sessions import open_sessions
        from functions.drimbox.operations.sign_in import OperatorFacts

        return open_sessions(
            self.settings, self.slug, self.clock, OperatorFacts, purpose="operators' sessions"
        )

    @property
    def reader_sessions(self: TenantStores[names.NamesSessions]) -> Sessions[ReaderFacts]:
        """The professionals' sessions, under the same secret and for another purpose."""
        from functions.aws.sessions import open_sessions
        from functions.drimbox.consultation.reader_facts import ReaderFacts

        return open_sessions(
            self.settings,
            self.slug,
            self.clock,
            ReaderFacts,
            purpose="readers' sessions",
            whose="reader_",
        )

    def linked_exam(self: TenantStores[names.NamesLinks], link: ReportLink) -> LinkedExam:
        """The exam of our own that a report's link names; Absent when the link does not agree."""
        from functions.drimbox.consultation.linked_exam import linked_exam

        return linked_exam(link, self.records, self.archive)

    @property
    def contexts(self: TenantStores[names.NamesSessions]) -> Contexts:
        """The contexts of the professionals' pages, under the sessions' secret."""
        from functions.aws.contexts import DynamoContexts
        from functions.aws.sessions import unguessable
        from functions.drimbox.consultation.contexts import Contexts

        store = DynamoContexts(self.settings.sessions_table, self.slug)
        return Contexts(store, self.clock, unguessable, self._seal("contexts"))

    @property
    def list_views(self: TenantStores[names.NamesSessions]) -> ListViews:
        """The views of the professionals' lists, under the same secret and for another purpose."""
        from functions.aws.sessions import DynamoSessions, unguessable
        from functions.drimbox.consultation.list_views import ListViews

        store = DynamoSessions(self.settings.sessions_table, self.slug)
        return ListViews(store, self.clock, unguessable, self._seal("views"))

    @property
    def shown_documents(self: TenantStores[names.NamesSessions]) -> ShownDocuments:
        """The lists of documents that the professionals' pages showed, likewise."""
        from functions.aws.sessions import DynamoSessions, unguessable
        from functions.drimbox.consultation.shown_documents import ShownDocuments

        store = DynamoSessions(self.settings.sessions_table, self.slug)
        return ShownDocuments(store, self.clock, unguessable, self._seal("shown documents"))

    @property
    def given_files(self: TenantStores[names.NamesSessions]) -> GivenFiles:
        """The files of exams that professionals gave, likewise."""
        from functions.aws.sessions import DynamoSessions, unguessable
        from functions.drimbox.consultation.sealed_store import SealedStore
        from functions.drimbox.outside.given_files import GivenFiles

        store = DynamoSessions(self.settings.sessions_table, self.slug)
        sealed = SealedStore(store, self.clock, unguessable, self._seal("given files"))
        return GivenFiles(sealed, self.shown_documents)

    @property
    def record_notes(self: TenantStores[names.NamesSessions]) -> RecordNotes:
        """The DMP's last words on the records of a session's patients, likewise."""
        from functions.aws.sessions import DynamoSessions, unguessable
        from functions.drimbox.consultation.sealed_store import SealedStore
        from functions.drimbox.outside.record_notes import RecordNotes

        store = DynamoSessions(self.settings.sessions_table, self.slug)
        seal = self._seal("record notes")
        return RecordNotes(SealedStore(store, self.clock, unguessable, seal))

    @property
    def signing_authorities(
        self: TenantStores[names.NamesSigners],
    ) -> tuple[Certificate, ...]:
        """The authorities of the structures' certificates; none where they are not in place."""
        from functions.aws.structure_keys import signing_authorities

        return signing_authorities(self.settings.trust_anchors_secret)

    @property
    def outcomes(self: TenantStores[names.NamesOutcomes]) -> Outcomes:
        """The last outcomes of the services that consultations ask."""
        from functions.aws.service_outcomes import DynamoOutcomes
        from functions.drimbox.consultation.outcomes import Outcomes

        return Outcomes(DynamoOutcomes(self.settings.health_table, self.slug), self.clock)

    def noting_psc(self) -> AbstractContextManager[None]:
        """Notes how a call of Pro Santé Connect ends, where the function has the table for it."""
        from functions.aws.service_outcomes import DynamoOutcomes
        from functions.drimbox.consultation.outcomes import Asked, Outcomes

        settings: names.NamesTenants = self.settings
        if not isinstance(settings, names.NamesOutcomes):
            return nullcontext()
        outcomes = Outcomes(DynamoOutcomes(settings.health_table, self.slug), self.clock)
        return outcomes.noting(Asked.PSC)

    @property
    def services(self: TenantStores[names.NamesServices]) -> ServicesDesk:
        """The states of the services that consultations need."""
        from functions.aws.circuits import DynamoCircuits
        from functions.aws.white_lists import DynamoWhiteLists
        from functions.drimbox.consultation.services import ServicesDesk

        circuits = DynamoCircuits(self.settings.circuits_table, self.slug, self.clock)
        lists = DynamoWhiteLists(self.settings.peers_table)
        return ServicesDesk(circuits, self.outcomes, lists, self.clock)

    @property
    def white_list_status(self: TenantStores[names.NamesServicesView]) -> ListStatus:
        """The national white list as operators see it."""
        from functions.aws.white_lists import DynamoWhiteLists
        from functions.drimbox.peers.status import list_status

        settings = self.settings
        signer = settings.white_list_signer_name, settings.white_list_signer_unit
        return list_status(DynamoWhiteLists(settings.peers_table), signer, self.clock.now())

    @property
    def seen_sites(self: TenantStores[names.NamesServices]) -> tuple[SeenHost, ...]:
        """The other DRIMboxes that were asked of late, for all tenants together."""
        from functions.aws.source_states import DynamoSourceStates

        return DynamoSourceStates(self.settings.health_table, self.clock).seen()

    def sources(
        self: TenantStores[names.NamesSources],
        page: str,
        session: str,
        fetch: Callable[[Sequence[DocumentEntry]], Mapping[str, bytes]],
        *,
        given_at: str = "",
    ) -> SourcesDesk:
        """The sources of the exams of a page in a session; ``fetch`` gives manifests. ``given_at``
        is that of the entries: a file writes nothing into the facts of the DMP's list."""
        from functions.aws.peers import open_sources

        return open_sources(self, self._source_memory(page, session, given_at), fetch)

    def known_sources(
        self: TenantStores[names.NamesKnownSources], page: str, session: str, given_at: str = ""
    ) -> KnownDesk:
        """The known states of these sources: nobody is asked."""
        from functions.aws.peers import open_known

        return open_known(self, self._source_memory(page, session, given_at))

    def _source_memory(
        self: TenantStores[names.NamesSessions], page: str, session: str, given_at: str
    ) -> SourceMemory:
        from functions.aws.sessions import DynamoSessions, unguessable
        from functions.drimbox.consultation.source_facts import SourceMemory, key_of

        store, seal = DynamoSessions(self.settings.sessions_table, self.slug), self._seal("sources")
        key = key_of(page, session, given_at)
        return SourceMemory(store, self.clock, unguessable, seal, key)

    def _seal(self: TenantStores[names.NamesSessions], purpose: str) -> Seal:
        """The seal of the professionals' pages for one purpose, under the sessions' secret."""
        from functions.aws import tenant_secrets
        from functions.drimbox.identity.sealing import Seal

        bucket = self.settings.session_secrets
        secret = tenant_secrets.text(bucket, self.slug, tenant_secrets.SESSIONS)
        return Seal(secret.encode(), self.slug, purpose)

    @property
    def known_traits(self: TenantStores[names.NamesPatients]) -> KnownTraits:
        """The patients that reports have named, under the tenant's own secret."""
        from functions.aws.known_patients import known_traits

        return known_traits(self.settings.patients_table, self.settings.traits_secrets, self.slug)

    @property
    def refused(self: TenantStores[names.NamesRefused]) -> DynamoRefusedMessages:
        """The messages that were refused of late."""
        from functions.aws.refused_messages import DynamoRefusedMessages

        return DynamoRefusedMessages(self.settings.lookups_table, self.slug)

    @property
    def keys(self: TenantStores[names.NamesStructures]) -> TenantKeys:
        """The certificates and keys of the structures."""
        from functions.aws.structure_keys import TenantKeys

        settings = self.settings
        return TenantKeys(
            settings.structure_secrets, self.slug, settings.trust_anchors_secret, self.clock
        )

    @property
    def pacs_digests(self: TenantStores[names.NamesPacsCredentials]) -> tuple[str, ...]:
        """The digests of the PACS's credentials."""
        from functions.aws import tenant_secrets

        return tenant_secrets.pacs_digests(self.settings.pacs_secrets, self.slug)

    @property
    def client_authorities(self: TenantStores[names.NamesTenantAnchors]) -> str:
        """The authorities (PEM) that issue to the tenant's senders and operators' programs."""
        from functions.aws import tenant_secrets

        return tenant_secrets.anchors(self.settings.tenant_anchors_secrets, self.slug, "clients")

    @property
    def revoked_lists(self: TenantStores[names.NamesRevocations]) -> S3RevokedLists:
        """The kept revocation lists: of authorities, which serve several tenants."""
        from functions.aws.revocation_lists import S3RevokedLists

        return S3RevokedLists(self.settings.revocations_bucket)

    @property
    def readings(self: TenantStores[names.NamesReadingsBucket]) -> S3CacheStore:
        """The bytes that professionals opened, until their session ends."""
        from functions.aws.cache_store import S3CacheStore

        return S3CacheStore(self.settings.readings_bucket, self.slug, days=0)

    @property
    def exports(self: TenantStores[names.NamesExports]) -> S3CacheStore:
        """The archives and large exports that operators asked for, for a day."""
        from functions.aws.cache_store import S3CacheStore

        return S3CacheStore(self.settings.exports_bucket, self.slug, days=0)

    @property
    def shelf(self: TenantStores[names.NamesReadings]) -> Shelf:
        """The exams that professionals opened, under the sessions' secret."""
        from functions.aws.readings import open_shelf

        return open_shelf(self)

    @property
    def image_origins(self: TenantStores[names.NamesImageBuckets]) -> tuple[str, ...]:
        """The origins of the signed addresses of images, each once."""
        from functions.aws.cache_store import S3CacheStore

        buckets = (self.settings.cache_bucket, self.settings.readings_bucket)
        origins = (S3CacheStore(one, self.slug, days=0).origin for one in buckets)
        return tuple(dict.fromkeys(origins))

    # Queues and workflows.

    @property
    def queue(self: TenantStores[names.NamesMessagesQueue]) -> SqsMessages:
        """The queue of accepted messages."""
        from functions.aws.queues import SqsMessages

        return SqsMessages(self.settings.messages_queue_url, self.slug)

    @property
    def looks(self: TenantStores[names.NamesUploadsQueue]) -> SqsLooks:
        """The queue of uploads to look at."""
        from functions.aws.queues import SqsLooks

        return SqsLooks(self.settings.uploads_queue_url, self.slug)

    @property
    def publications(self: TenantStores[names.NamesPublishWorkflow]) -> PublishWorkflow:
        """Starts publications."""
        from functions.aws.queues import PublishWorkflow

        return PublishWorkflow(self.settings.publish_workflow_arn)

    @property
    def fills(self: TenantStores[names.NamesFillJobs]) -> JobDesk:
        """The jobs that fill the image cache."""
        from functions.aws.jobs import DynamoJobs, SqsJobs, given_up
        from functions.aws.pulse import beating
        from functions.drimbox.jobs.desk import JobDesk
        from functions.drimbox.jobs.job import LOST_AFTER, LOST_AFTER_AT_SITE

        settings = self.settings
        queue: JobQueue = SqsJobs(settings.fill_jobs_queue_url, self.slug)
        lost_after = LOST_AFTER
        if self.tenant.link is Link.AGENT:
            from functions.aws.agents import site_jobs

            queue, lost_after = site_jobs(settings, self.slug), LOST_AFTER_AT_SITE
        return JobDesk(
            DynamoJobs(settings.jobs_table, self.slug, self.clock),
            queue,
            self.clock,
            UIDS,
            beating,
            partial(given_up, self.slug),
            lost_after,
        )

    @property
    def fetches(self: TenantStores[names.NamesFetchWorkflow]) -> ExamWorkflow:
        """Starts the fetching of exams."""
        from functions.aws.queues import ExamWorkflow

        return ExamWorkflow(self.settings.fetch_workflow_arn, self.slug)

    @property
    def imports(self: TenantStores[names.NamesImportWorkflow]) -> ExamWorkflow:
        """Starts the imports of exams."""
        from functions.aws.queues import ExamWorkflow

        return ExamWorkflow(self.settings.import_workflow_arn, self.slug)

    @property
    def reconciliations(self: TenantStores[names.NamesReconcileWorkflow]) -> ReconcileWorkflow:
        """Starts reconciliations."""
        from functions.aws.queues import ReconcileWorkflow

        return ReconcileWorkflow(self.settings.reconcile_workflow_arn, self.slug)

    @property
    def pace(self: TenantStores[names.NamesPace]) -> Pace:
        """The pace of a reconciliation."""
        from functions.aws.pacing import Pace

        return Pace(self.settings.reconciled_per_second)

    # The outside.

    @property
    def pacs(self: TenantStores[names.NamesPacs]) -> DicomwebPacs:
        """The PACS; the library asks it through the tenant's circuit breaker."""
        from functions.aws.pacs_client import open_pacs
        from functions.drimbox.images.pacs import DicomwebPacs

        client = open_pacs(self.settings, self.tenant)
        return DicomwebPacs(client, self.tenant.pacs_url, spool=self.spool)

    def pacs_of(self: TenantStores[names.NamesAskedPacs], change: Change) -> Pacs:
        """The same for one change, which waits for the answer of an agent outside the workflow."""
        if self.tenant.link is not Link.AGENT:
            return self.pacs
        from functions.aws.agents import open_agent
        from functions.drimbox.agents.site_pacs import AgentPacs

        return AgentPacs(
            open_agent(self), change.message_id, _asker(change), awaited=change.waited.job
        )

    def looked_pacs(self: TenantStores[names.NamesWaking], wait: Wait) -> Archive:
        """The same for one look at a wait: each look asks an agent anew."""
        if self.tenant.link is not Link.AGENT:
            return self.pacs
        from functions.drimbox.agents.site_pacs import AgentPacs

        change = wait.change
        asker = {**_asker(change), "look": str(change.waited.looks)}
        return AgentPacs(self.presence, change.message_id, asker)

    def surveyed_pacs(
        self: TenantStores[names.NamesSurveyedPacs], page: str, studies: Sequence[Uid]
    ) -> Pacs:
        """The same for these studies of one page of a run, which opens no PACS itself."""
        if self.tenant.link is not Link.AGENT:
            from functions.aws.relayed_pacs import RelayedPacs

            return RelayedPacs(self.settings.find_study_function, self.slug)
        from functions.aws.agents import open_agent
        from functions.drimbox.agents.site_pacs import SurveyedPacs

        return SurveyedPacs(open_agent(self), page, {"page": page}, studies)

    @property
    def presence(self: TenantStores[names.NamesAgents]) -> SiteAgent:
        """The agents of the site, for those who ask whether they are there."""
        from functions.aws.agents import open_presence

        return open_presence(self)

    @property
    def agent_tries(self: TenantStores[names.NamesServing]) -> Tries:
        """The counts of the requests of the agents."""
        from functions.aws.agents import open_tries

        return open_tries(self)

    @property
    def loans(self: TenantStores[names.NamesServing]) -> LoanDesk:
        """Everything that lends to the site's agents."""
        from functions.aws.agents import open_loans

        return open_loans(self)

    @property
    def agent_answers(self: TenantStores[names.NamesServing]) -> AnswerDesk:
        """Everything that takes their answers."""
        from functions.aws.agents import open_answers

        return open_answers(self)

    @property
    def agent_register(self: TenantStores[names.NamesAgentRegister]) -> DynamoAgentRegister:
        """The agents with a certificate of our own authority."""
        from functions.aws.agent_register import DynamoAgentRegister

        return DynamoAgentRegister(self.settings.agents_table, self.slug)

    @property
    def agent_authority(self: TenantStores[names.NamesAgentRegister]) -> str:
        """Our authority's certificates (PEM), "" before there is one."""
        from functions.aws.agent_authority import certificates

        return certificates(self.settings.agent_authority_secret)

    @property
    def enrolments(self: TenantStores[names.NamesEnrolments]) -> EnrolmentDesk:
        """Everything that lets an agent in."""
        from functions.aws.enrolment import open_enrolments

        return open_enrolments(self)

    @property
    def agents_desk(self: TenantStores[names.NamesAgentsDesk]) -> AgentsDesk:
        """Everything by which operators look after the agents."""
        from functions.aws.enrolment import open_agents_desk

        return open_agents_desk(self)

    @property
    def failing(self: TenantStores[names.NamesFailing]) -> Failing:
        """Everything that ends jobs which no agent could do."""
        from functions.aws.agents import open_failing

        return open_failing(self)

    @property
    def site_fills(self: TenantStores[names.NamesServing]) -> SiteFills:
        """Everything that tells them of series."""
        from functions.aws.agents import open_site_fills

        return open_site_fills(self)

    def searched_pacs(self: TenantStores[names.NamesSearchedPacs], request_id: str) -> SearchedPacs:
        """The same for a person, who waits for the answer."""
        if self.tenant.link is Link.AGENT:
            from functions.aws.agents import open_searched

            return open_searched(self, request_id)
        from functions.aws.pacs_client import open_pacs
        from functions.drimbox.images.pacs import DicomwebPacs
        from functions.drimbox.images.study_search import ASKED

        client = open_pacs(self.settings, self.tenant)
        return DicomwebPacs(client, self.tenant.pacs_url, spool=self.spool, patience=ASKED)

    def importing(
        self: TenantStores[names.NamesImporting],
        is_over: Callable[[], bool],
        asker: Mapping[str, str],
    ) -> sending.Desk:
        """Everything that sends an opened exam to the PACS; ``is_over``: no more time is left.
        ``asker`` names the import.
        """
        from functions.drimbox.importing.sending import Desk

        return Desk(
            tenant=self.tenant,
            shelf=self.shelf,
            records=self.records,
            imported=self.imported,
            pacs=self._stored_pacs(asker),
            clock=self.clock,
            spool=self.spool,
            is_over=is_over,
        )

    def _stored_pacs(
        self: TenantStores[names.NamesImporting], asker: Mapping[str, str]
    ) -> sending.PacsStore:
        if self.tenant.link is Link.AGENT:
            from functions.aws.agents import open_store

            return open_store(self, asker)
        from functions.aws.pacs_client import open_pacs
        from functions.drimbox.importing.site_pacs import SitePacs

        client = open_pacs(self.settings, self.tenant)
        breaker = _breaker(self.settings, self.slug, self.clock)
        return SitePacs(self.pacs, client, self.tenant.store_url, breaker)

    @property
    def spool(self) -> Path:
        """Where this invocation may write files."""
        from functions.aws import scratch

        return scratch.folder()

    def pacs_is_ready(self: TenantStores[names.NamesHealth]) -> bool:
        """Whether the PACS answered the last probe, or an agent says that it does; no circuit
        breaker decides."""
        if self.tenant.link is Link.AGENT:
            from functions.aws.agent_states import DynamoAgentStates
            from functions.drimbox.agents.presence import is_served

            states = DynamoAgentStates(self.settings.health_table, self.slug)
            return is_served(states, self.tenant, self.clock.now())
        from functions.aws.pacs_client import open_pacs
        from functions.aws.pacs_health import DynamoHealth
        from functions.drimbox.images.health import is_ready
        from functions.drimbox.images.pacs_probe import pacs_answers

        def probe() -> bool:
            client = open_pacs(self.settings, self.tenant)
            return pacs_answers(client, self.tenant.pacs_url)

        store = DynamoHealth(self.settings.health_table, self.slug, self.clock)
        return is_ready(store, self.clock, probe)

    def reading_sites(self: TenantStores[names.NamesPeers], token: Token) -> Sites:
        """The other DRIMboxes, in the name of the professional of ``token``."""
        from functions.aws.reading_sites import open_sites

        return open_sites(self, token)

    @property
    def dmp_for_reports(self: TenantStores[names.NamesDmp]) -> asking_dmp.Connect:
        """Opens the DMP in the name of a report."""
        from functions.aws import connections

        return connections.for_reports(self.settings, self.slug, self.clock)

    @property
    def dmp_for_professionals(
        self: TenantStores[names.NamesDmp],
    ) -> find_exams.Open[DmpSession]:
        """Opens the DMP in the name of a professional."""
        from functions.aws import connections

        return connections.for_professionals(self.settings, self.slug, self.clock, self.budget)

    @property
    def device(self: TenantStores[names.NamesDmp]) -> DeviceAuthor:
        """This product as the author of its submissions."""
        from functions.aws import connections

        return connections.device(self.settings.lps_secret)


@frozen
class Platform(Generic[P_co]):
    """The providers of identities, and the national white list, which know no tenant. ``budget`` as
    that of ``TenantStores``.
    """

    settings: P_co
    budget: Budget | None = None

    @property
    def psc_introspection(self: Platform[names.NamesPscIntrospection]) -> PscClient:
        """Pro Santé Connect, for the state of a token."""
        from functions.aws import https

        return https.open_psc(self.settings, introspection_url=self.settings.psc_introspection_url)

    def calling_peer(
        self: Platform[names.NamesCallingPeers], passed_on: Sequence[str]
    ) -> CallingPeer | None:
        """The DRIMbox whose certificate the front for peers passes on; see ``peers.calling_peer``.
        IdentityUnavailable while there is no white list to trust."""
        from functions.aws import calling_peers

        return calling_peers.judge(self.settings, passed_on, CLOCK)

    @property
    def psc_userinfo(self: Platform[names.NamesPscUserinfo]) -> PscClient:
        """Pro Santé Connect, for the facts about a professional."""
        from functions.aws import https

        return https.open_psc(
            self.settings, userinfo_url=self.settings.psc_userinfo_url, budget=self.budget
        )

    def psc_sign_in(
        self: Platform[names.NamesPscSignIn],
        redirect_uri: str,
        noting: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> PscSignIn:
        """Pro Santé Connect, for a sign-in; it sends the professional back to ``redirect_uri``.

        ``noting`` hears how each call ends.
        """
        from functions.aws.psc_sign_in import open_psc_sign_in

        return open_psc_sign_in(self.settings, redirect_uri, noting, self.budget)

    def operators_provider(
        self: Platform[names.NamesOperatorsProvider], redirect_uri: str
    ) -> OidcClient:
        """The provider where the operators sign in; it sends them back to ``redirect_uri``."""
        from functions.aws.operators_provider import open_operators_provider

        return open_operators_provider(self.settings, redirect_uri)

    @property
    def white_list(self: Platform[names.NamesWhiteList]) -> WhiteListDesk:
        """The national white list of DRIMboxes: its publisher, its signer, the kept list."""
        from functions.aws.white_list_source import open_desk

        return open_desk(self.settings)

    @property
    def revocation_source(self: Platform[names.NamesRevocationSource]) -> HttpLists:
        """Where the revocation lists of the senders' authorities are published."""
        from functions.aws.revocation_source import open_source

        return open_source(self.settings)

    @property
    def revoked_lists(self: Platform[names.NamesRevocationSource]) -> S3RevokedLists:
        """The kept ones."""
        from functions.aws.revocation_lists import S3RevokedLists

        return S3RevokedLists(self.settings.revocations_bucket)


def for_tenant(settings: S, tenant: str, budget: Budget | None = None) -> TenantStores[S]:
    """The stores of ``tenant``; Absent when there is no such tenant. ``budget``: that of the
    request, where a person waits."""
    found = tenants.find(settings.tenants_table, tenant)
    return TenantStores(settings, found, CLOCK, budget)


def message_log(settings: names.NamesMessages, tenant: str) -> DynamoMessageLog:
    """The log of messages of ``tenant``, which may be a tenant no more."""
    from functions.aws.message_log import DynamoMessageLog

    return DynamoMessageLog(settings.messages_table, tenant)


def for_operators(settings: S, tenant: str) -> TenantStores[S]:
    """The same where the file says who may act: one that is older than minutes lets nobody in."""
    found = tenants.find(settings.tenants_table, tenant, stale=tenants.STALE_RIGHTS)
    return TenantStores(settings, found, CLOCK)


def for_platform(settings: P, budget: Budget | None = None) -> Platform[P]:
    """The providers of identities, or the white list, that ``settings`` name."""
    return Platform(settings, budget)


def authority_key(key: str) -> RemoteKey:
    """The private key of our authority over agents, of that ARN."""
    from functions.aws.agent_authority import open_key

    return open_key(key)


def enrolling_address(address: str) -> str:
    """The name under which a request to enrol from that address is counted."""
    from functions.aws.enrolment import counted

    return counted(address)


def check_round(settings: names.NamesCertificates) -> DynamoCheckRound:
    """Where the last check of all tenants' certificates stopped."""
    from functions.aws.found_certificates import DynamoCheckRound

    return DynamoCheckRound(settings.certificates_table)


def tenant_files(settings: names.NamesTenants) -> tenants.TenantFiles:
    """The tenants' files, to be written."""
    return tenants.TenantFiles(settings.tenants_table)


def for_every_tenant(settings: S) -> Iterator[tuple[str, TenantStores[S] | None]]:
    """Every tenant's slug and stores; None for a tenant whose file is wrong."""
    for slug, tenant in tenants.every(settings.tenants_table):
        yield slug, None if tenant is None else TenantStores(settings, tenant, CLOCK)


def sealings(settings: names.NamesSeals) -> Iterator[Sealing]:
    """The sealing of every tenant that has an audit record, its file may be gone."""
    from functions.aws.audit_trail import S3Seals, S3Trail, audited_tenants
    from functions.drimbox.audit_seals.sealing import Sealing

    for slug in audited_tenants(settings.audit_bucket):
        trail = S3Trail(settings.audit_bucket, slug)
        yield Sealing(slug, trail, S3Seals(settings.seals_bucket, slug), CLOCK)


def _breaker(settings: names.NamesCircuits, slug: str, clock: Clock) -> Breaker:
    from functions.aws.circuits import DynamoCircuits
    from functions.drimbox.breaker import Breaker

    circuits = DynamoCircuits(settings.circuits_table, slug, clock)
    return Breaker(circuits, clock, timedelta(seconds=settings.probe_seconds))


def _finder(settings: names.NamesLookups, tenant: str) -> Finder:
    from functions.aws.lookups import open_finder

    return open_finder(settings.lookups_table, settings.traits_secrets, tenant)


def _imported(settings: names.NamesImports, slug: str) -> DynamoImportedStudies:
    from functions.aws.imported_studies import DynamoImportedStudies

    return DynamoImportedStudies(settings.imports_table, slug)


def _news(settings: names.NamesNews, slug: str) -> SqsNews:
    from functions.aws.queues import SqsNews

    return SqsNews(settings.news_queue_url, slug)


def _waits(settings: names.NamesWaits, slug: str) -> DynamoWaits:
    from functions.aws.waits import DynamoWaits

    return DynamoWaits(settings.waits_table, slug)


def _causes(settings: names.NamesCauses, slug: str, clock: Clock) -> CauseBook:
    from functions.aws.alerts import SnsAlerts
    from functions.aws.causes import DynamoCauses
    from functions.drimbox.operations.causes import CauseBook

    store = DynamoCauses(settings.operations_table, slug)
    return CauseBook(store, SnsAlerts(settings.alarm_topic_arn, slug), clock, UIDS)


def _asker(change: Change) -> dict[str, str]:
    """The change that asks an agent, and for which time: it is told the present state, not that of
    an earlier question."""
    return {
        "message": change.message_id,
        "replay": str(change.replay),
        "attempt": str(change.waited.wake),
    }
