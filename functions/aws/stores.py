"""The only way to a tenant's stores: everything below is already bound to that tenant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from functions.aws import tenants
from functions.aws.alerts import SnsAlerts
from functions.aws.audit import S3Audit
from functions.aws.blobs import S3Blobs
from functions.aws.cache_store import S3CacheStore
from functions.aws.causes import DynamoCauses
from functions.aws.circuits import DynamoCircuits
from functions.aws.clock import RandomUids, SystemClock
from functions.aws.found_certificates import DynamoFoundCertificates
from functions.aws.message_log import DynamoMessageLog
from functions.aws.sessions import DynamoSessions, unguessable
from functions.aws.study_records import DynamoStudyRecords
from functions.aws.uploads import S3Uploads
from functions.drimbox.breaker import Breaker
from functions.drimbox.identity.session import Sessions
from functions.drimbox.operations.causes import CauseBook
from functions.drimbox.ports import Audit, Clock
from functions.drimbox.tenants.model import Tenant


@dataclass(frozen=True, slots=True)
class TenantStores:
    """One tenant's doors; a function opens only those that its role allows."""

    tenant: Tenant
    clock: Clock

    def blobs(self, bucket: str) -> S3Blobs:
        """The tenant's prefix of ``bucket``."""
        return S3Blobs(bucket, self.tenant.tenant)

    def uploads(self, bucket: str) -> S3Uploads:
        """The tenant's messages on their way in."""
        return S3Uploads(bucket, self.tenant.tenant)

    def cache(self, bucket: str) -> S3CacheStore:
        """The tenant's image cache."""
        return S3CacheStore(bucket, self.tenant.tenant)

    def records(self, table: str) -> DynamoStudyRecords:
        """The tenant's studies."""
        return DynamoStudyRecords(table, self.tenant.tenant)

    def messages(self, table: str) -> DynamoMessageLog:
        """The tenant's messages."""
        return DynamoMessageLog(table, self.tenant.tenant)

    def sessions(self, table: str) -> Sessions:
        """The sessions of the tenant's operators."""
        return Sessions(DynamoSessions(table, self.tenant.tenant), self.clock, unguessable)

    def certificates(self, table: str) -> DynamoFoundCertificates:
        """What was found of the tenant's structures' certificates."""
        return DynamoFoundCertificates(table, self.tenant.tenant)

    def breaker(self, table: str, probe_seconds: int) -> Breaker:
        """The tenant's circuit breakers; what is dead is asked every ``probe_seconds``."""
        circuits = DynamoCircuits(table, self.tenant.tenant)
        return Breaker(circuits, self.clock, timedelta(seconds=probe_seconds))

    def causes(self, table: str, topic_arn: str) -> CauseBook:
        """What stops the tenant's publications, and whom to tell."""
        store, alerts = (
            DynamoCauses(table, self.tenant.tenant),
            SnsAlerts(topic_arn, self.tenant.tenant),
        )
        return CauseBook(store, alerts, self.clock, RandomUids())

    def audit(self, bucket: str) -> Audit:
        """The tenant's audit trail."""
        return S3Audit(bucket, self.tenant.tenant, self.clock)


def for_tenant(parameters: str, tenant: str) -> TenantStores:
    """The stores of ``tenant``; Absent when there is no such tenant."""
    return TenantStores(tenants.find(parameters, tenant), SystemClock())
