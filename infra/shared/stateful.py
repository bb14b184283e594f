"""The stateful stack as its siblings see it: by its fixed names, without an export."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from infra.shared.deployment import Deployment
from infra.shared.names import (
    AUDIT_KEY,
    AUTHORITY_KEY,
    DATA_KEY,
    OPERATIONS_KEY,
    bucket_name,
    construct_id,
    dead_letters,
    named,
    queue_name,
)


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """See ``infra.shared.keys.Keys``."""

    data: kms.IKey
    operations: kms.IKey


@dataclass(frozen=True, slots=True)
class KnownBuckets:
    """See ``infra.shared.storage.Buckets``."""

    inbox: s3.IBucket
    archive: s3.IBucket
    audit: s3.IBucket
    seals: s3.IBucket
    uploads: s3.IBucket
    cache: s3.IBucket
    readings: s3.IBucket
    exports: s3.IBucket
    reconciliations: s3.IBucket
    revocations: s3.IBucket
    secrets: s3.IBucket


@dataclass(frozen=True, slots=True)
class KnownTables:
    """See ``infra.shared.tables.Tables``."""

    studies: dynamodb.ITableV2
    messages: dynamodb.ITableV2
    imports: dynamodb.ITableV2
    patients: dynamodb.ITableV2
    lookups: dynamodb.ITableV2
    sessions: dynamodb.ITableV2
    operations: dynamodb.ITableV2
    certificates: dynamodb.ITableV2
    circuits: dynamodb.ITableV2
    health: dynamodb.ITableV2
    jobs: dynamodb.ITableV2
    peers: dynamodb.ITableV2
    tenants: dynamodb.ITableV2
    waits: dynamodb.ITableV2
    news: dynamodb.ITableV2
    agents: dynamodb.ITableV2


@dataclass(frozen=True, slots=True)
class KnownQueue:
    """See ``infra.shared.queue.MessageQueue``."""

    queue: sqs.IQueue
    dead_letters: sqs.IQueue


class Stateful(Construct):
    """The resources of the stateful stack, for one of the stacks that use it."""

    def __init__(self, scope: Construct, deployment: Deployment) -> None:
        super().__init__(scope, "Stateful")
        self._deployment = deployment
        self.keys = KnownKeys(
            data=self._key("DataKey", DATA_KEY),
            operations=self._key("OperationsKey", OPERATIONS_KEY),
        )
        self.buckets = KnownBuckets(
            inbox=self._bucket("inbox"),
            archive=self._bucket("archive"),
            audit=self._bucket("audit"),
            seals=self._bucket("seals"),
            uploads=self._bucket("uploads"),
            cache=self._bucket("cache"),
            readings=self._bucket("readings"),
            exports=self._bucket("exports"),
            reconciliations=self._bucket("reconciliations"),
            revocations=self._bucket("revocations"),
            secrets=self._bucket("secrets"),
        )
        self.tables = KnownTables(
            studies=self._table("studies"),
            messages=self._table("messages"),
            imports=self._table("imports"),
            patients=self._table("patients"),
            lookups=self._table("lookups"),
            sessions=self._table("sessions"),
            operations=self._table("operations"),
            certificates=self._table("certificates"),
            circuits=self._table("circuits"),
            health=self._table("health"),
            jobs=self._table("jobs"),
            peers=self._table("peers"),
            tenants=self._table("tenants"),
            waits=self._table("waits"),
            news=self._table("news"),
            agents=self._table("agents"),
        )
        self.messages = self._queues("messages")
        self.uploads = self._queues("uploads")
        self.fill_jobs = self._queues("fill_jobs")
        self.ticks = self._queues("ticks")
        self.news = self._queues("news")
        self.agent_letters = self._queues("agent_letters")

    @cached_property
    def audit_key(self) -> kms.IKey:
        """The key of the audit records: a stack without an audited function does not name it."""
        return self._key("AuditKey", AUDIT_KEY)

    @cached_property
    def authority_key(self) -> kms.IKey:
        """The key that signs the certificates of agents: one stack alone names it."""
        return self._key("AuthorityKey", AUTHORITY_KEY)

    def _key(self, construct_id: str, parameter: str) -> kms.IKey:
        arn = ssm.StringParameter.value_for_string_parameter(self, parameter)
        return kms.Key.from_key_arn(self, construct_id, arn)

    def _bucket(self, name: str) -> s3.IBucket:
        return s3.Bucket.from_bucket_attributes(
            self,
            f"{name.capitalize()}Bucket",
            bucket_name=bucket_name(name, self._deployment),
            encryption_key=self.keys.data,
        )

    def _table(self, name: str) -> dynamodb.ITableV2:
        return dynamodb.TableV2.from_table_attributes(
            self,
            f"{name.capitalize()}Table",
            table_name=named(name),
            encryption_key=self.keys.data,
        )

    def _queues(self, name: str) -> KnownQueue:
        return KnownQueue(
            queue=self._queue(f"{construct_id(name)}Queue", queue_name(name)),
            dead_letters=self._queue(f"{construct_id(name)}DeadLetters", dead_letters(name)),
        )

    def _queue(self, construct_id: str, name: str) -> sqs.IQueue:
        return sqs.Queue.from_queue_attributes(
            self,
            construct_id,
            queue_arn=Stack.of(self).format_arn(service="sqs", resource=name),
            key_arn=self.keys.data.key_arn,
        )
