"""How data is kept: encrypted, over TLS, locked where it must be, never lost with a stack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from infra.rules.assembly import Assembly, Finding, Resource, at
from infra.rules.rights import buckets_named

KEPT_TYPES: Final = (
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::KMS::Alias",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
    "AWS::StepFunctions::StateMachine",
)
# CDK's RETAIN_ON_UPDATE_OR_DELETE: a deployment that fails does not leave what it has just made.
KEPT: Final = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
# The variable that names a bucket → the modes of Object Lock that it may have.
LOCKED: Final = {
    "INBOX_BUCKET": {"GOVERNANCE", "COMPLIANCE"},
    "ARCHIVE_BUCKET": {"GOVERNANCE", "COMPLIANCE"},
    "AUDIT_BUCKET": {"COMPLIANCE"},
}
# Type of a resource → the property that names its key.
KEYED: Final = {
    "AWS::Lambda::Function": "KmsKeyArn",
    "AWS::SNS::Topic": "KmsMasterKeyId",
    "AWS::SecretsManager::Secret": "KmsKeyId",
}
_LONGEST_SIGNATURE_MS: Final = 3_600_000
_BLOCKED: Final = (
    "BlockPublicAcls",
    "BlockPublicPolicy",
    "IgnorePublicAcls",
    "RestrictPublicBuckets",
)


def bucket_policies(assembly: Assembly) -> Iterator[Finding]:
    """A7: every bucket refuses plain HTTP, old signed URLs, and any public access."""
    denials: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for policy in assembly.resources("AWS::S3::BucketPolicy"):
        bucket = assembly.pointed_by(policy, "Bucket")
        if bucket is not None:
            denials.setdefault((bucket.stack, bucket.logical_id), []).extend(
                statement
                for statement in policy.properties["PolicyDocument"]["Statement"]
                if statement["Effect"] == "Deny" and statement["Principal"] in ("*", {"AWS": "*"})
            )
    for bucket in assembly.resources("AWS::S3::Bucket"):
        conditions = [
            statement.get("Condition", {})
            for statement in denials.get((bucket.stack, bucket.logical_id), [])
        ]
        if {"Bool": {"aws:SecureTransport": "false"}} not in conditions:
            yield at(bucket, "plain HTTP is not refused")
        if not any(_denies_old_signatures(condition) for condition in conditions):
            yield at(bucket, "old signed URLs are not refused")
        public = bucket.properties.get("PublicAccessBlockConfiguration", {})
        if any(public.get(name) is not True for name in _BLOCKED):
            yield at(bucket, "public access is not blocked")


def locked(assembly: Assembly) -> Iterator[Finding]:
    """A8: messages, archive and audit cannot be overwritten or deleted before their time."""
    for variable, modes in LOCKED.items():
        for bucket in sorted(set(buckets_named(assembly, variable)), key=lambda b: b.logical_id):
            rule = bucket.properties.get("ObjectLockConfiguration", {}).get("Rule", {})
            retention = rule.get("DefaultRetention", {})
            versioned = bucket.properties.get("VersioningConfiguration", {}).get("Status")
            if (
                bucket.properties.get("ObjectLockEnabled") is not True
                or versioned != "Enabled"
                or retention.get("Mode") not in modes
            ):
                yield at(bucket, f"the bucket of {variable} is not locked")


def retained(assembly: Assembly) -> Iterator[Finding]:
    """A8: data, names and runs outlive their stack; tables can be restored and not be deleted."""
    for store in assembly.resources(*KEPT_TYPES):
        if {name: store.definition.get(name) for name in KEPT} != KEPT:
            yield at(store, "is deleted with its stack, or stays where its creation fails")
    for table in assembly.resources("AWS::DynamoDB::GlobalTable"):
        for replica in table.properties["Replicas"]:
            recovery = replica.get("PointInTimeRecoverySpecification", {})
            if recovery.get("PointInTimeRecoveryEnabled") is not True:
                yield at(table, "cannot be restored to a point in time")
            if replica.get("DeletionProtectionEnabled") is not True:
                yield at(table, "can be deleted")


def encrypted(assembly: Assembly) -> Iterator[Finding]:
    """A8: customer-managed keys everywhere, but on the bucket to which S3 writes its own log."""
    logs = {
        (target.stack, target.logical_id)
        for bucket in assembly.resources("AWS::S3::Bucket")
        if (target := _log_bucket(assembly, bucket)) is not None
    }
    for bucket in assembly.resources("AWS::S3::Bucket"):
        wanted = "AES256" if (bucket.stack, bucket.logical_id) in logs else "aws:kms"
        if wanted not in str(bucket.properties.get("BucketEncryption", {})):
            yield at(bucket, f"is not encrypted with {wanted}")
    for table in assembly.resources("AWS::DynamoDB::GlobalTable"):
        if table.properties.get("SSESpecification", {}).get("SSEType") != "KMS":
            yield at(table, "a table without a customer-managed key")
    for kind, name in KEYED.items():
        for resource in assembly.resources(kind):
            if name not in resource.properties:
                yield at(resource, "no customer-managed key")


def _denies_old_signatures(condition: Mapping[str, Any]) -> bool:
    age = condition.get("NumericGreaterThan", {}).get("s3:signatureAge")
    return age is not None and int(age) <= _LONGEST_SIGNATURE_MS


def _log_bucket(assembly: Assembly, bucket: Resource) -> Resource | None:
    logging = bucket.properties.get("LoggingConfiguration", {})
    return assembly.target(bucket.stack, logging.get("DestinationBucketName"))
