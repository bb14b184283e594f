"""The only door to a tenant's stores and to the outside; every adapter is made here.

Everything behind :func:`for_tenant` is bound to one tenant; :func:`for_platform` opens the
providers of identities, which serve all tenants. A function's settings say which doors it has: each
demands its protocol, and a ``Site`` of a function without some store has a closed one.

Every function loads this module and has few of the doors: each door imports its own adapter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from functions.aws import settings_protocols as names
from functions.aws import tenants
from functions.aws.clock import RandomUids, SystemClock
from functions.drimbox.errors import ConfigurationError

if TYPE_CHECKING:
    from functions.aws.blobs import S3Blobs
    from functions.aws.cache_store import S3CacheStore
    from functions.aws.causes import DynamoCauses
    from functions.aws.found_certificates import DynamoFoundCertificates
    from functions.aws.message_log import DynamoMessageLog
    from functions.aws.operator_filters import DynamoFilters
    from functions.aws.pacing import Pace
    from functions.aws.queues import (
        FillWorkflow,
        PublishWorkflow,
        ReconcileWorkflow,
        SqsLooks,
        SqsMessages,
    )
    from functions.aws.structure_keys import TenantKeys
    from functions.aws.study_records import DynamoStudyRecords
    from functions.aws.uploads import S3Uploads
    from functions.drimbox.breaker import Breaker
    from functions.drimbox.consultation import find_exams
    from functions.drimbox.dmp.formats import DeviceAuthor
    from functions.drimbox.identity.oidc import OidcClient
    from functions.drimbox.identity.psc import PscClient
    from functions.drimbox.identity.session import Sessions
    from functions.drimbox.images.pacs import DicomwebPacs
    from functions.drimbox.operations.causes import CauseBook
    from functions.drimbox.operations.sign_in import OperatorFacts
    from functions.drimbox.ports import Audit, Clock, Uids
    from functions.drimbox.publication import asking_dmp
    from functions.drimbox.publication.known_traits import KnownTraits
    from functions.drimbox.publication.notes import NoteDesk
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.publication.receive import Desk
    from functions.drimbox.publication.serving import ImageDesk
    from functions.drimbox.tenants.model import Tenant

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


@dataclass(frozen=True, slots=True)
class TenantStores(Generic[S_co]):
    """One tenant's stores: those that the function's ``settings`` name."""

    settings: S_co
    tenant: Tenant
    clock: Clock

    @property
    def slug(self) -> str:
        """The tenant's."""
        return self.tenant.tenant

    # Bags: the ports that one part of the library needs together.

    @property
    def site(self: TenantStores[names.NamesAudit]) -> Site:
        """Everything that a publication's steps and the operations need; the rest is closed."""
        from functions.aws.blobs import S3Blobs
        from functions.aws.message_log import DynamoMessageLog
        from functions.aws.study_records import DynamoStudyRecords
        from functions.drimbox.publication.ports import Site

        settings = self.settings
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
            audit=self.audit,
            clock=self.clock,
            breaker=_breaker(settings, self.slug, self.clock)
            if isinstance(settings, names.NamesCircuits)
            else _closed("circuits"),
            causes=_causes(settings, self.slug, self.clock)
            if isinstance(settings, names.NamesCauses)
            else _closed("causes"),
        )

    @property
    def desk(self: TenantStores[names.NamesReception]) -> Desk:
        """Everything that receives a message."""
        from functions.drimbox.publication.receive import Desk

        return Desk(self.tenant, self.inbox, self.queue, self.audit, self.clock)

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
    def image_desk(self: TenantStores[names.NamesImages]) -> ImageDesk:
        """Everything that serves images."""
        from functions.drimbox.publication.serving import ImageDesk

        return ImageDesk(self.records, self.archive, self.cache, self.fills, self.clock)

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
        """The archive of publications and reconciliations."""
        from functions.aws.blobs import S3Blobs

        return S3Blobs(self.settings.archive_bucket, self.slug)

    @property
    def cache(self: TenantStores[names.NamesCache]) -> S3CacheStore:
        """The image cache."""
        from functions.aws.cache_store import S3CacheStore

        return S3CacheStore(self.settings.cache_bucket, self.slug)

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
        from functions.aws import secrets
        from functions.aws.sessions import DynamoSessions, unguessable
        from functions.drimbox.identity.sealing import Seal
        from functions.drimbox.identity.session import Sessions
        from functions.drimbox.operations.sign_in import OperatorFacts

        store = DynamoSessions(self.settings.sessions_table, self.slug)
        secret = secrets.generated(f"{self.settings.session_secrets}{self.slug}/sessions")
        seal = Seal(secret.encode(), self.slug, "operators' sessions")
        return Sessions(store, self.clock, unguessable, seal, OperatorFacts)

    @property
    def known_traits(self: TenantStores[names.NamesPatients]) -> KnownTraits:
        """The patients that reports have named, under the tenant's own secret."""
        from functions.aws.known_patients import known_traits

        return known_traits(self.settings.patients_table, self.settings.traits_secrets, self.slug)

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
        from functions.aws import secrets

        return secrets.pacs_digests(self.settings.pacs_secrets, self.slug)

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
    def fills(self: TenantStores[names.NamesFillWorkflow]) -> FillWorkflow:
        """Starts the filling of the image cache."""
        from functions.aws.queues import FillWorkflow

        return FillWorkflow(self.settings.fill_workflow_arn, self.slug)

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
    def pacs(self: TenantStores[names.NamesTrustAnchors]) -> DicomwebPacs:
        """The PACS; the library asks it through the tenant's circuit breaker."""
        from functions.aws import https
        from functions.drimbox.images.pacs import DicomwebPacs

        client = https.open_without_identity(self.settings.trust_anchors_secret)
        return DicomwebPacs(client, self.tenant.pacs_url)

    def pacs_answers(self: TenantStores[names.NamesTrustAnchors]) -> bool:
        """Whether the PACS answers now; no circuit breaker decides."""
        from functions.aws import https
        from functions.drimbox.images.pacs_probe import pacs_answers

        client = https.open_without_identity(self.settings.trust_anchors_secret)
        return pacs_answers(client, self.tenant.pacs_url)

    @property
    def dmp_for_reports(self: TenantStores[names.NamesDmp]) -> asking_dmp.Connect:
        """Opens the DMP in the name of a report."""
        from functions.aws import connections

        return connections.for_reports(self.settings, self.slug, self.clock)

    @property
    def dmp_for_professionals(self: TenantStores[names.NamesDmp]) -> find_exams.Connect:
        """Opens the DMP in the name of a professional."""
        from functions.aws import connections

        return connections.for_professionals(self.settings, self.slug, self.clock)

    @property
    def device(self: TenantStores[names.NamesDmp]) -> DeviceAuthor:
        """This product as the author of its submissions."""
        from functions.aws import connections

        return connections.device(self.settings.lps_secret)


@dataclass(frozen=True, slots=True)
class Platform(Generic[P_co]):
    """The providers of identities, which know no tenant."""

    settings: P_co

    @property
    def psc_introspection(self: Platform[names.NamesPscIntrospection]) -> PscClient:
        """Pro Santé Connect, for the state of a token."""
        from functions.aws import https

        return https.open_psc(self.settings, introspection_url=self.settings.psc_introspection_url)

    @property
    def psc_userinfo(self: Platform[names.NamesPscUserinfo]) -> PscClient:
        """Pro Santé Connect, for the facts about a professional."""
        from functions.aws import https

        return https.open_psc(self.settings, userinfo_url=self.settings.psc_userinfo_url)

    def operators_provider(
        self: Platform[names.NamesOperatorsProvider], redirect_uri: str
    ) -> OidcClient:
        """The provider where the operators sign in; it sends them back to ``redirect_uri``."""
        from functions.aws.operators_provider import open_operators_provider

        return open_operators_provider(self.settings, redirect_uri)


def for_tenant(settings: S, tenant: str) -> TenantStores[S]:
    """The stores of ``tenant``; Absent when there is no such tenant."""
    return TenantStores(settings, tenants.find(settings.tenant_parameters, tenant), CLOCK)


def for_platform(settings: P) -> Platform[P]:
    """The providers of identities that ``settings`` name."""
    return Platform(settings)


def for_every_tenant(settings: S) -> Iterator[tuple[str, TenantStores[S] | None]]:
    """Every tenant's slug and stores; None for a tenant whose file is wrong."""
    for slug, tenant in tenants.every(settings.tenant_parameters):
        yield slug, None if tenant is None else TenantStores(settings, tenant, CLOCK)


def _breaker(settings: names.NamesCircuits, slug: str, clock: Clock) -> Breaker:
    from functions.aws.circuits import DynamoCircuits
    from functions.drimbox.breaker import Breaker

    circuits = DynamoCircuits(settings.circuits_table, slug, clock)
    return Breaker(circuits, clock, timedelta(seconds=settings.probe_seconds))


def _causes(settings: names.NamesCauses, slug: str, clock: Clock) -> CauseBook:
    from functions.aws.alerts import SnsAlerts
    from functions.aws.causes import DynamoCauses
    from functions.drimbox.operations.causes import CauseBook

    store = DynamoCauses(settings.operations_table, slug)
    return CauseBook(store, SnsAlerts(settings.alarm_topic_arn, slug), clock, UIDS)
