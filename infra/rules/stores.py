"""How data is kept: encrypted, over TLS, locked where it must be, never lost with a stack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from infra.rules.assembly import Assembly, Finding, Resource, at, many
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
    "SEALS_BUCKET": {"COMPLIANCE"},
}
# The variables that name buckets of content that is of use for a while alone: it can be made or
# fetched again, or another run replaces it.
PASSING: Final = (
    "CACHE_BUCKET",
    "EXPORTS_BUCKET",
    "READINGS_BUCKET",
    "RECONCILIATIONS_BUCKET",
    "UPLOADS_BUCKET",
)
# Type of a resource → the property that names its key.
KEYED: Final = {
    "AWS::Lambda::Function": "KmsKeyArn",
    "AWS::SNS::Topic": "KmsMasterKeyId",
    "AWS::SecretsManager::Secret": "KmsKeyId",
}
_TAGGED: Final = (
    "AWS::DynamoDB::GlobalTable",
    "AWS::KMS::Key",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
)
_DATA_CLASSES: Final = frozenset({"health"})
# The variable in which a function finds how long (seconds) the URLs that it signs are good for →
# the variable that names the bucket for which it signs them.
SIGNED: Final = {
    "SIGNED_URL_SECONDS": "CACHE_BUCKET",
    "UPLOAD_URL_SECONDS": "UPLOADS_BUCKET",
    "READING_URL_SECONDS": "READINGS_BUCKET",
    "EXPORT_URL_SECONDS": "EXPORTS_BUCKET",
}
_LONGEST_SIGNATURE_SECONDS: Final = 3600
_SIGNED_URL: Final = {"s3:authType": "REST-QUERY-STRING"}
_BLOCKED: Final = (
    "BlockPublicAcls",
    "BlockPublicPolicy",
    "IgnorePublicAcls",
    "RestrictPublicBuckets",
)


def bucket_policies(assembly: Assembly) -> Iterator[Finding]:
    """A7: every bucket refuses plain HTTP, signed URLs unless a function signs them, or older than
    those may be, and any public access."""
    denials: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    promised = _promised(assembly)
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
        signed = promised.get((bucket.stack, bucket.logical_id), set())
        if max(signed, default=0) > _LONGEST_SIGNATURE_SECONDS:
            yield at(bucket, "a function signs URLs for more than an hour")
        if _denied_age(conditions) != max(signed, default=0):
            yield at(bucket, "refuses other signed URLs than those that a function signs")
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


def passing(assembly: Assembly) -> Iterator[Finding]:
    """A8: content that is of use for a while alone is not locked, and ends by itself."""
    for variable in PASSING:
        for bucket in sorted(set(buckets_named(assembly, variable)), key=lambda b: b.logical_id):
            rules = bucket.properties.get("LifecycleConfiguration", {}).get("Rules", [])
            ends = any(
                rule["Status"] == "Enabled"
                and "ExpirationInDays" in rule
                and not {"Prefix", "TagFilters"} & set(rule)
                for rule in rules
            )
            if not ends or bucket.properties.get("ObjectLockEnabled") is True:
                yield at(bucket, f"the content of {variable} never ends")


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


def _promised(assembly: Assembly) -> dict[tuple[str, str], set[int]]:
    """How long, in seconds, functions sign URLs for, by bucket."""
    found: dict[tuple[str, str], set[int]] = {}
    for function in assembly.resources("AWS::Lambda::Function"):
        variables = function.properties.get("Environment", {}).get("Variables", {})
        for seconds, name in SIGNED.items():
            bucket = assembly.target(function.stack, variables.get(name))
            if seconds in variables and bucket is not None:
                place = (bucket.stack, bucket.logical_id)
                found.setdefault(place, set()).add(int(variables[seconds]))
    return found


def _denied_age(conditions: Iterable[Mapping[str, Any]]) -> float | None:
    """The age in seconds above which signed URLs are refused, 0 for all; None: none is."""
    ages = [
        condition.get("NumericGreaterThan", {}).get("s3:signatureAge", 0)
        for condition in conditions
        if condition.get("StringEquals") == _SIGNED_URL
        and condition.keys() <= {"StringEquals", "NumericGreaterThan"}
    ]
    return min((int(age) / 1000 for age in ages), default=None)


def _log_bucket(assembly: Assembly, bucket: Resource) -> Resource | None:
    logging = bucket.properties.get("LoggingConfiguration", {})
    return assembly.target(bucket.stack, logging.get("DestinationBucketName"))


def tagged(assembly: Assembly) -> Iterator[Finding]:
    """A21: every store and key says which class of data it holds, for inventories and policies."""
    for resource in assembly.resources(*_TAGGED):
        replicas = many(resource.properties.get("Replicas"))
        tags = many(resource.properties.get("Tags")) + [
            tag for replica in replicas for tag in many(replica.get("Tags"))
        ]
        if not any(tag["Key"] == "data-class" and tag["Value"] in _DATA_CLASSES for tag in tags):
            yield at(resource, "no data-class")
