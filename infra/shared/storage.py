"""The buckets. Objects are under ``<tenant>/`` and encrypted with that tenant's own key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.shared.acknowledge import acknowledge
from infra.shared.deployment import Deployment
from infra.shared.names import bucket_name
from infra.shared.retained import retained

# An accepted message is in the inbox; nobody needs the rest.
_UPLOAD_DAYS: Final = 2


class Buckets(Construct):
    """``inbox``: messages as received. ``archive``: the documents sent to the DMP, per version.

    ``audit``: one object per effect or refusal; nobody, the account's root included, deletes one
    before its time. ``uploads``: large messages on their way in, kept for two days. ``cache``:
    images, all of which can be fetched from the site again.
    """

    def __init__(self, scope: Construct, deployment: Deployment, key: kms.IKey) -> None:
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
        self._deny_old_signatures(retained(self.access_logs))
        acknowledge(self.access_logs, {"AwsSolutions-S1": "It is the access logs' own bucket."})
        self.inbox = self._locked(
            "inbox", s3.ObjectLockRetention.governance, deployment.inbox_retention_days
        )
        self.archive = self._locked(
            "archive", s3.ObjectLockRetention.governance, deployment.archive_retention_days
        )
        self.audit = self._locked(
            "audit", s3.ObjectLockRetention.compliance, deployment.audit_retention_days
        )
        self.uploads = self._bucket(
            "uploads",
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=Duration.days(_UPLOAD_DAYS),
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                )
            ],
        )
        self.cache = self._bucket(
            "cache",
            cors=[
                s3.CorsRule(
                    allowed_methods=[s3.HttpMethods.GET, s3.HttpMethods.HEAD],
                    allowed_origins=[deployment.vi_url],
                    allowed_headers=["Range"],
                    exposed_headers=["Accept-Ranges", "Content-Length", "Content-Range", "ETag"],
                    max_age=3600,
                )
            ],
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=Duration.days(deployment.cache_days),
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                )
            ],
        )

    def _locked(
        self, name: str, retention: Callable[[Duration], s3.ObjectLockRetention], days: int
    ) -> s3.Bucket:
        """A bucket whose objects are kept, unchanged, ``days`` days from when they are written."""
        return self._bucket(
            name,
            versioned=True,
            object_lock_enabled=True,
            object_lock_default_retention=retention(Duration.days(days)),
            lifecycle_rules=[
                s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(1))
            ],
        )

    def _bucket(self, name: str, **options: object) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            name.capitalize(),
            bucket_name=bucket_name(name, self._deployment),
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self._key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            server_access_logs_bucket=self.access_logs,
            server_access_logs_prefix=f"{name}/",
            **options,  # type: ignore[arg-type]
        )
        self._deny_old_signatures(bucket)
        return retained(bucket)

    def _deny_old_signatures(self, bucket: s3.Bucket) -> None:
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="DenyOldSignatures",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["s3:*"],
                resources=[bucket.bucket_arn, bucket.arn_for_objects("*")],
                conditions={
                    "StringEquals": {"s3:authType": "REST-QUERY-STRING"},
                    "NumericGreaterThan": {
                        "s3:signatureAge": self._deployment.signed_url_seconds * 1000
                    },
                },
            )
        )
