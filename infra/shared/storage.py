"""The buckets. Objects are under ``<tenant>/`` and encrypted with that tenant's own key, audit
records with the audit's key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from functions.drimbox.agents.answering import INCOMING
from functions.drimbox.images.cache_keys import DAYS_TAG
from functions.drimbox.tenants.model import CACHE_DAYS
from infra.shared.acknowledge import acknowledge
from infra.shared.deployment import Deployment
from infra.shared.names import DATA_ALIAS, bucket_name
from infra.shared.retained import retained

# An accepted message is in the inbox; nobody needs the rest.
_UPLOAD_DAYS: Final = 2
# Runs are a week apart at most, and begin where the last one ended; only the last one is shown.
_RECONCILIATION_DAYS: Final = 35
# Read at once when somebody asks, at a fifth of the price. S3 leaves objects below 128 KiB alone,
# for which that class would cost more. The audit's are all smaller.
_SELDOM_READ: Final = (
    s3.Transition(
        storage_class=s3.StorageClass.GLACIER_INSTANT_RETRIEVAL,
        transition_after=Duration.days(90),
    ),
)
# How long the address of a large message is good for, in seconds.
UPLOAD_URL_SECONDS: Final = 600
# The same of an archive of manifests.
EXPORT_URL_SECONDS: Final = 600
# The same of the images of an opened exam: a viewer reads for longer than a fetch takes.
READING_URL_SECONDS: Final = 600
# How long a replaced or deleted secret can be had back.
_FORMER_SECRETS_DAYS: Final = 30


class Buckets(Construct):
    """``inbox``: messages as received. ``archive``: the documents sent to the DMP, per version.

    ``audit``: one object per effect or refusal; nobody, the account's root included, deletes one
    before its time. ``seals``: one object per tenant and day, kept as long as the records that it
    covers. ``uploads``: large messages on their way in, kept for two days. ``cache``:
    images, all of which can be fetched from the site again; each tenant chooses for how long.
    ``readings``: exams of other sites, while a professional reads them: they are erased with the
    session, and by the bucket within two days. ``exports``: archives of own manifests and large
    exports that an operator asked for, erased within two days. ``reconciliations``: the pages of
    each run, erased after weeks. ``revocations``: the revocation lists of the authorities that
    issue to senders, of all tenants. ``secrets``: certificates, keys and credentials of the
    tenants, which the staff of the hosting company writes.
    """

    def __init__(
        self, scope: Construct, deployment: Deployment, key: kms.IKey, *, audit_key: kms.IKey
    ) -> None:
        super().__init__(scope, "Buckets")
        self._key = key
        self._deployment = deployment
        # S3 delivers access logs only to a bucket under its own key (SSE-S3).
        self.access_logs = s3.Bucket(
            self,
            "AccessLogs",
            bucket_name=bucket_name("access-logs", deployment),
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=Duration.days(deployment.log_retention_days),
                    noncurrent_version_expiration=Duration.days(1),
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                )
            ],
        )
        _deny_signed_urls(retained(self.access_logs))
        acknowledge(self.access_logs, {"AwsSolutions-S1": "It is the access logs' own bucket."})
        self.inbox = self._locked(
            "inbox",
            s3.ObjectLockRetention.governance,
            deployment.inbox_retention_days,
            transitions=_SELDOM_READ,
        )
        self.archive = self._locked(
            "archive",
            s3.ObjectLockRetention.governance,
            deployment.archive_retention_days,
            transitions=_SELDOM_READ,
        )
        self.audit = self._locked(
            "audit",
            s3.ObjectLockRetention.compliance,
            deployment.audit_retention_days,
            encryption_key=audit_key,
        )
        # A bucket of its own: a role that adds records has no right here.
        self.seals = self._locked(
            "seals",
            s3.ObjectLockRetention.compliance,
            deployment.audit_retention_days,
            encryption_key=audit_key,
        )
        self.uploads = self._bucket(
            "uploads",
            signed_url_seconds=UPLOAD_URL_SECONDS,
            lifecycle_rules=[_forgotten_after(_UPLOAD_DAYS)],
        )
        self.cache = self._bucket(
            "cache",
            signed_url_seconds=deployment.signed_url_seconds,
            cors=[_for_viewer(deployment, s3.HttpMethods.GET, s3.HttpMethods.HEAD)],
            lifecycle_rules=list(_cache_rules()),
        )
        _deny_overwriting(self.cache, f"*/{INCOMING}*")
        _deny_foreign_keys(self.cache, f"*/{INCOMING}*")
        self.readings = self._bucket(
            "readings",
            signed_url_seconds=READING_URL_SECONDS,
            cors=[_for_viewer(deployment, s3.HttpMethods.GET)],
            lifecycle_rules=[_forgotten_after(1)],
        )
        self.exports = self._bucket(
            "exports",
            signed_url_seconds=EXPORT_URL_SECONDS,
            lifecycle_rules=[_forgotten_after(1)],
        )
        # A hundred objects of each site a day; at least four of the rarest runs are there.
        self.reconciliations = self._bucket(
            "reconciliations",
            lifecycle_rules=[_forgotten_after(_RECONCILIATION_DAYS)],
        )
        # The lists of authorities: they are nobody's data, and are downloaded again.
        self.revocations = self._bucket("revocations")
        # A mistake can be undone for a month.
        self.secrets = self._bucket(
            "secrets",
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    noncurrent_version_expiration=Duration.days(_FORMER_SECRETS_DAYS),
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                )
            ],
        )
        _deny_the_platform_s_key(self.secrets, key)

    def _locked(
        self,
        name: str,
        retention: Callable[[Duration], s3.ObjectLockRetention],
        days: int,
        transitions: Sequence[s3.Transition] = (),
        **options: Any,
    ) -> s3.Bucket:
        """A bucket whose objects are kept, unchanged, ``days`` days from when they are written, and
        after that too: no rule deletes one.
        """
        return self._bucket(
            name,
            versioned=True,
            object_lock_enabled=True,
            object_lock_default_retention=retention(Duration.days(days)),
            lifecycle_rules=[
                s3.LifecycleRule(
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                    transitions=list(transitions) or None,
                )
            ],
            **options,
        )

    def _bucket(self, name: str, *, signed_url_seconds: int = 0, **options: Any) -> s3.Bucket:
        """``signed_url_seconds``: how long the URLs that a function signs for it are good for; 0
        when none signs any."""
        bucket = s3.Bucket(
            self,
            name.capitalize(),
            bucket_name=bucket_name(name, self._deployment),
            encryption=s3.BucketEncryption.KMS,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            server_access_logs_bucket=self.access_logs,
            server_access_logs_prefix=f"{name}/",
            **{"encryption_key": self._key, **options},
        )
        _deny_signed_urls(bucket, older_than=signed_url_seconds)
        return retained(bucket)


def _for_viewer(deployment: Deployment, *methods: s3.HttpMethods) -> s3.CorsRule:
    """The pages of ``vi``, and no other origin, read ranges."""
    return s3.CorsRule(
        allowed_methods=list(methods),
        allowed_origins=[deployment.vi_url],
        allowed_headers=["Range"],
        exposed_headers=["Accept-Ranges", "Content-Length", "Content-Range", "ETag"],
        max_age=3600,
    )


def _forgotten_after(days: int) -> s3.LifecycleRule:
    """Each object is kept for so many days, an upload that was not completed for one."""
    return s3.LifecycleRule(
        expiration=Duration.days(days),
        abort_incomplete_multipart_upload_after=Duration.days(1),
    )


def _cache_rules() -> Iterator[s3.LifecycleRule]:
    """Each object is kept for the days of its tag; of two rules S3 obeys the shorter one."""
    # S3 refuses to abort uploads by a tag: they have none yet.
    yield _forgotten_after(max(CACHE_DAYS))
    for days in CACHE_DAYS:
        yield s3.LifecycleRule(tag_filters={DAYS_TAG: str(days)}, expiration=Duration.days(days))


def _deny_the_platform_s_key(bucket: s3.Bucket, key: kms.IKey) -> None:
    """Refuse each write that names no key, or ``key`` by any of its names: the bucket's default
    is ``key``, and the deletion of a tenant's key would not erase such an object.
    """
    named = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    alias = Stack.of(bucket).format_arn(service="kms", resource=DATA_ALIAS)
    conditions: dict[str, dict[str, Any]] = {
        "DenyWithoutKey": {"Null": {named: "true"}},
        "DenyDataKey": {"StringEquals": {named: [key.key_arn, key.key_id, DATA_ALIAS, alias]}},
    }
    for sid, condition in conditions.items():
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["s3:PutObject"],
                resources=[bucket.arn_for_objects("*")],
                conditions=condition,
            )
        )


def _deny_overwriting(bucket: s3.Bucket, objects: str) -> None:
    """Refuse each write there that may replace an object: the agents of a site put each once. The
    parts of an upload replace nothing; its completion must say so."""
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            sid="DenyOverwriting",
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=["s3:PutObject"],
            resources=[bucket.arn_for_objects(objects)],
            conditions={
                "Null": {"s3:if-none-match": "true"},
                "Bool": {"s3:ObjectCreationOperation": "true"},
            },
        )
    )


def _deny_foreign_keys(bucket: s3.Bucket, objects: str) -> None:
    """Refuse each write there that KMS does not encrypt: the agents of a site may use their
    tenant's key alone, whose deletion erases what they put. S3's own keys, or one that the writer
    shows and keeps, need no right on any key."""
    encryption = "s3:x-amz-server-side-encryption"
    conditions = {
        "DenyOwnKeys": {encryption: ["AES256", "aws:kms:dsse"]},
        "DenyShownKeys": {f"{encryption}-customer-algorithm": ["AES256"]},
    }
    for sid, condition in conditions.items():
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["s3:PutObject"],
                resources=[bucket.arn_for_objects(objects)],
                conditions={"StringEquals": condition},
            )
        )


def _deny_signed_urls(bucket: s3.Bucket, *, older_than: int = 0) -> None:
    """Refuse every signed URL; with ``older_than`` (seconds), those that were signed earlier.

    The age counts beside the URL's own expiry: no function can sign for longer.
    """
    age = {"NumericGreaterThan": {"s3:signatureAge": older_than * 1000}} if older_than else {}
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            sid="DenyOldSignatures" if older_than else "DenySignedUrls",
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=["s3:*"],
            resources=[bucket.bucket_arn, bucket.arn_for_objects("*")],
            conditions={"StringEquals": {"s3:authType": "REST-QUERY-STRING"}, **age},
        )
    )
