"""The resources that a function uses: the variable that names each, and exactly the rights on it.

One declaration gives both, so that a variable without its right, or the reverse, cannot exist.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from functions.aws import tenant_secrets
from infra.shared.names import (
    AGENT_AUTHORITY,
    LPS,
    OIDC_CLIENT,
    PSC_CLIENT,
    TRUST_ANCHORS,
    agent_queue_name,
    named,
)
from infra.shared.platform import Platform
from infra.shared.storage import EXPORT_URL_SECONDS
from infra.shared.tenants import KEY_ALIASES

# The variable that names the bucket of the tenants' secrets → those that its function reads, of
# each tenant.
SECRETS_OF_TENANTS: Final = {
    "STRUCTURE_SECRETS": tenant_secrets.of_structure("*", "*"),
    "PACS_ACCESS_SECRETS": tenant_secrets.PACS_ACCESS,
    "PACS_SECRETS": tenant_secrets.PACS,
    "TRAITS_SECRETS": tenant_secrets.TRAITS,
    "SESSION_SECRETS": tenant_secrets.SESSIONS,
    "TENANT_ANCHORS_SECRETS": tenant_secrets.ANCHORS,
    "WEBHOOK_SECRETS": tenant_secrets.WEBHOOK,
}
WRITE: Final = ("GetItem", "PutItem", "UpdateItem")
CHANGE: Final = ("GetItem", "PutItem")
KEEP: Final = (*WRITE, "DeleteItem")
_READ_KEY: Final = ("kms:Decrypt", "kms:DescribeKey")
# DynamoDB calls KMS with the caller's own rights.
_TABLE_KEY: Final = (
    *_READ_KEY,
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
_OBJECT_ACTIONS: Final = {
    # Without s3:ListBucket an absent object answers 403 instead of 404.
    "get": (("s3:GetObject",), ("s3:ListBucket",), ("kms:Decrypt",)),
    "put": (("s3:PutObject",), (), ("kms:GenerateDataKey",)),
    "delete": (("s3:DeleteObject",), ("s3:ListBucket",), ()),
    # Completing a multipart upload decrypts the data key of its parts.
    "multipart": (("s3:AbortMultipartUpload",), (), ("kms:Decrypt",)),
    "tags": (("s3:GetObjectTagging",), ("s3:ListBucket",), ()),
    # A write that names tags.
    "tag": (("s3:PutObjectTagging",), (), ()),
}


@dataclass(frozen=True, slots=True)
class Use:
    """``environment`` is added to the function's, ``statements`` to its role's policy.

    ``reasons`` tells, for every resource with a ``*``, why no narrower one exists. ``in_network``:
    the function stands in the network of those that open a PACS, where there is one.
    """

    environment: dict[str, str] = field(default_factory=dict)
    statements: tuple[iam.PolicyStatement, ...] = ()
    reasons: dict[str, str] = field(default_factory=dict)
    in_network: bool = False


def value(name: str, text: str) -> Use:
    """A plain setting."""
    return Use({name: text})


def audit_records(bucket: s3.IBucket, key: kms.IKey) -> Use:
    """Adding audit records, under the audit's own key: neither reading nor replacing one."""
    return Use(
        {"AUDIT_BUCKET": bucket.bucket_name},
        (
            _allow(["s3:PutObject"], [bucket.arn_for_objects("*")]),
            _allow(["kms:GenerateDataKey"], [key.key_arn]),
        ),
        {bucket.arn_for_objects("*"): "The records of every tenant, each under its prefix."},
    )


def audit_to_seal(audit: s3.IBucket, seals: s3.IBucket, key: kms.IKey) -> Use:
    """Reading audit records, adding their seals: neither adding a record nor deleting anything."""
    every, sealed = audit.arn_for_objects("*"), seals.arn_for_objects("*")
    return Use(
        {"AUDIT_BUCKET": audit.bucket_name, "SEALS_BUCKET": seals.bucket_name},
        (
            _allow(["s3:ListBucketVersions"], [audit.bucket_arn, seals.bucket_arn]),
            _allow(["s3:GetObjectVersion"], [every, sealed]),
            _allow(["s3:PutObject"], [sealed]),
            _allow(["kms:Decrypt", "kms:GenerateDataKey"], [key.key_arn]),
        ),
        {
            every: "The records of every tenant, each under its prefix.",
            sealed: "The seals of every tenant, each under its prefix.",
        },
    )


def objects(variable: str, bucket: s3.IBucket, *rights: str, under: str = "*") -> Use:
    """Objects of ``bucket``: ``get``, ``put``, ``delete``; ``multipart``, ``tag`` with ``put``.
    ``under``: the keys, of every tenant."""
    chosen = [_OBJECT_ACTIONS[right] for right in rights]
    key_actions = sorted({action for _, _, actions in chosen for action in actions})
    bucket_actions = [action for _, actions, _ in chosen for action in actions]
    everything = bucket.arn_for_objects(under)
    keys = tenant_keys(Stack.of(bucket), *key_actions) if key_actions else Use()
    statements = (
        _allow([a for actions, _, _ in chosen for a in actions], [everything]),
        *([_allow(bucket_actions, [bucket.bucket_arn])] if bucket_actions else []),
        *([_allow(key_actions, [_key_of(bucket.encryption_key).key_arn])] if key_actions else []),
        *keys.statements,
    )
    return Use(
        {variable: bucket.bucket_name},
        statements,
        {everything: "The objects of every tenant, in this one bucket.", **keys.reasons},
    )


def listing(variable: str, bucket: s3.IBucket) -> Use:
    """The names of a bucket's objects, and nothing of their content."""
    return Use({variable: bucket.bucket_name}, (_allow(["s3:ListBucket"], [bucket.bucket_arn]),))


def revocation_lists(bucket: s3.IBucket, *rights: str) -> Use:
    """The kept revocation lists: ``get``, ``put``. They are no tenant's, hence under the data
    key."""
    chosen = [_OBJECT_ACTIONS[right] for right in rights]
    everything = bucket.arn_for_objects("authorities/*")
    listing = [action for _, actions, _ in chosen for action in actions]
    return Use(
        {"REVOCATIONS_BUCKET": bucket.bucket_name},
        (
            _allow([a for actions, _, _ in chosen for a in actions], [everything]),
            _allow(listing, [bucket.bucket_arn]),
            _allow(
                [action for _, _, actions in chosen for action in actions],
                [_key_of(bucket.encryption_key).key_arn],
            ),
        ),
        {everything: "The list of every authority: a hash of its key names each."},
    )


def table(variable: str, of: dynamodb.ITableV2, *actions: str, index: bool = False) -> Use:
    """``actions`` (``GetItem``…) on a table, and a query of its index when ``index``: either alone,
    or both."""
    own = [_allow([f"dynamodb:{action}" for action in actions], [of.table_arn])]
    statements = [
        *(own if actions else []),
        _allow(
            list(_TABLE_KEY),
            [_key_of(of.encryption_key).key_arn],
            {"StringLike": {"kms:ViaService": f"dynamodb.{Stack.of(of).region}.amazonaws.com"}},
        ),
    ]
    if index:
        statements.append(_allow(["dynamodb:Query"], [f"{of.table_arn}/index/by_state"]))
    return Use({variable: of.table_name}, tuple(statements))


def sender(variable: str, queue: sqs.IQueue) -> Use:
    """Sending to ``queue``."""
    return Use(
        {variable: queue.queue_url},
        (
            _allow(["sqs:SendMessage"], [queue.queue_arn]),
            _allow(
                ["kms:Decrypt", "kms:GenerateDataKey"],
                [_key_of(queue.encryption_master_key).key_arn],
            ),
        ),
    )


def causes(platform: Platform, *more: str) -> tuple[Use, ...]:
    """Keeping causes or outages, with ``more`` actions on their table, and notifying on the topic
    of all alarms.
    """
    stateful, alarms = platform.stateful, platform.alarms
    return (
        table("OPERATIONS_TABLE", stateful.tables.operations, *CHANGE, *more),
        Use(
            {"ALARM_TOPIC_ARN": alarms.topic_arn},
            (
                _allow(["sns:Publish"], [alarms.topic_arn]),
                _allow(["kms:Decrypt", "kms:GenerateDataKey"], [stateful.keys.operations.key_arn]),
            ),
        ),
    )


def parking(platform: Platform) -> tuple[Use, ...]:
    """Leaving a change to a wait outside the workflow, and ringing for it."""
    stateful = platform.stateful
    return (
        table("WAITS_TABLE", stateful.tables.waits, *CHANGE),
        sender("TICKS_QUEUE_URL", stateful.ticks.queue),
        value("PROBE_SECONDS", str(platform.deployment.probe_seconds)),
    )


def agents_bell(platform: Platform) -> Use:
    """Ringing in the queue of any tenant's agents, which the tenant's own key encrypts."""
    stack = Stack.of(platform.stateful)
    anybody = stack.format_arn(service="sqs", resource=agent_queue_name("*"))
    host = f"https://sqs.{stack.region}.{stack.url_suffix}"
    keys = tenant_keys(stack, "kms:Decrypt", "kms:GenerateDataKey")
    return Use(
        {"AGENT_QUEUES_URL": f"{host}/{stack.account}/{agent_queue_name('')}"},
        (_allow(["sqs:SendMessage"], [anybody]), *keys.statements),
        {anybody: "The queue of every tenant's agents, each by its name.", **keys.reasons},
    )


def lending(scope: Construct) -> Use:
    """Lending the role of the agents, which knows its lender (:mod:`infra.shared.agent_role`)."""
    role = Stack.of(scope).format_arn(
        service="iam", region="", resource="role", resource_name=named("agent")
    )
    return Use({"AGENT_ROLE_ARN": role}, (_allow(["sts:AssumeRole", "sts:TagSession"], [role]),))


def tenant_letters(platform: Platform) -> Use:
    """Reading messages that come from the queues of tenants, whose keys still encrypt them."""
    keys = tenant_keys(Stack.of(platform.stateful), "kms:Decrypt")
    return Use({}, keys.statements, keys.reasons)


def jobs(platform: Platform, *more: str) -> tuple[Use, ...]:
    """Asking for series in the cache: of a worker of ours, or of a site's agents; ``more`` actions
    on the table of jobs."""
    stateful = platform.stateful
    return (
        table("JOBS_TABLE", stateful.tables.jobs, *CHANGE, *more),
        sender("FILL_JOBS_QUEUE_URL", stateful.fill_jobs.queue),
        agents_bell(platform),
    )


def agents(platform: Platform) -> tuple[Use, ...]:
    """Asking the agents at the sites, and whether they are there."""
    tables = platform.stateful.tables
    return (
        table("JOBS_TABLE", tables.jobs, *CHANGE),
        table("HEALTH_TABLE", tables.health, "Query"),
        agents_bell(platform),
    )


def agents_answers(platform: Platform) -> tuple[Use, ...]:
    """The same, and reading their answers."""
    cache = platform.stateful.buckets.cache
    return (*agents(platform), objects("CACHE_BUCKET", cache, "get"))


def agent_register(platform: Platform, stack: Stack, *actions: str) -> tuple[Use, ...]:
    """The register of agents, with ``actions`` on its table, and our authority's certificate."""
    stateful = platform.stateful
    return (
        table("AGENTS_TABLE", stateful.tables.agents, *actions),
        platform_secret("AGENT_AUTHORITY_SECRET", AGENT_AUTHORITY, stack, stateful.keys.data),
    )


def issuing(platform: Platform, stack: Stack) -> tuple[Use, ...]:
    """Letting agents in: the register, and the function that issues their certificates."""
    return (
        *agent_register(platform, stack, *WRITE, "Query"),
        _caller("ISSUE_CERTIFICATE_FUNCTION", "issue_certificate", stack),
    )


def finding(stack: Stack) -> Use:
    """Asking a PACS by the function that opens it."""
    return _caller("FIND_STUDY_FUNCTION", "find_study", stack)


def _caller(variable: str, name: str, stack: Stack) -> Use:
    """Calling the function of that name."""
    function = stack.format_arn(
        service="lambda",
        resource="function",
        resource_name=named(name),
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    return Use({variable: function}, (_allow(["lambda:InvokeFunction"], [function]),))


def authority_key(platform: Platform) -> Use:
    """Signing as our authority over agents."""
    key = platform.stateful.authority_key.key_arn
    return Use({"AGENT_AUTHORITY_KEY_ARN": key}, (_allow(["kms:GetPublicKey", "kms:Sign"], [key]),))


def news(platform: Platform) -> Use:
    """Ringing for a message whose state is news for its site."""
    return sender("NEWS_QUEUE_URL", platform.stateful.news.queue)


def consumer(variable: str, queue: sqs.IQueue) -> Use:
    """The rights that Lambda's poller needs to read ``queue`` for a function, and the function's
    own to say when work that failed comes back.
    """
    return Use(
        {variable: queue.queue_url},
        (
            _allow(
                [
                    "sqs:ReceiveMessage",
                    "sqs:DeleteMessage",
                    "sqs:GetQueueAttributes",
                    "sqs:ChangeMessageVisibility",
                ],
                [queue.queue_arn],
            ),
            _allow(["kms:Decrypt"], [_key_of(queue.encryption_master_key).key_arn]),
        ),
    )


def starter(variable: str, workflow: sfn.IStateMachine) -> Use:
    """Starting ``workflow``."""
    return _starting(variable, workflow.state_machine_arn)


def own_starter(variable: str, name: str, stack: Stack) -> Use:
    """Starting the workflow of that name, which calls the function itself."""
    arn = stack.format_arn(
        service="states",
        resource="stateMachine",
        resource_name=named(name),
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    return _starting(variable, arn)


def _starting(variable: str, arn: str) -> Use:
    return Use({variable: arn}, (_allow(["states:StartExecution"], [arn]),))


def platform_secret(variable: str, name: str, stack: Stack, key: kms.IKey) -> Use:
    """Reading one secret of the platform; Secrets Manager adds six characters to its ARN."""
    return Use(
        {variable: name},
        (
            _allow(["secretsmanager:GetSecretValue"], [_secret_arn(stack, f"{name}-??????")]),
            _allow(["kms:Decrypt"], [key.key_arn]),
        ),
    )


def operators_provider(platform: Platform, stack: Stack) -> tuple[Use, ...]:
    """Signing operators in at their provider."""
    key = platform.stateful.keys.data
    return (
        value("OPERATOR_ISSUER", platform.deployment.operator_issuer),
        value("OPERATOR_CLIENT_ID", platform.deployment.operator_client_id),
        platform_secret("OPERATOR_CLIENT_SECRET", OIDC_CLIENT, stack, key),
        platform_secret("TRUST_ANCHORS_SECRET", TRUST_ANCHORS, stack, key),
    )


def professionals_provider(platform: Platform, stack: Stack) -> tuple[Use, ...]:
    """Signing professionals in at Pro Santé Connect, and renewing their sign-ins."""
    deployment, key = platform.deployment, platform.stateful.keys.data
    return (
        value("PSC_ISSUER", deployment.psc_issuer),
        value("PSC_INTROSPECTION_URL", deployment.psc_introspection_url),
        value("PSC_USERINFO_URL", deployment.psc_userinfo_url),
        value("PSC_CLIENT_ID", deployment.psc_client_id),
        platform_secret("PSC_CLIENT_SECRET", PSC_CLIENT, stack, key),
        platform_secret("TRUST_ANCHORS_SECRET", TRUST_ANCHORS, stack, key),
    )


def professionals_dmp(platform: Platform, stack: Stack) -> tuple[Use, ...]:
    """The professionals' sessions, whose table each function names, and the DMP in their name."""
    deployment, key = platform.deployment, platform.stateful.keys.data
    return (
        value("VI_URL", deployment.vi_url),
        session_secrets(platform),
        *professionals_provider(platform, stack),
        value("DMP_URL", deployment.dmp_url),
        value("DMP_ALGORITHMS", deployment.dmp_algorithms),
        platform_secret("LPS_SECRET", LPS, stack, key),
        structure_secrets(platform),
    )


def services_view(platform: Platform) -> tuple[Use, ...]:
    """Reading the states of the services that consultations need, as operators see them."""
    tables, deployment = platform.stateful.tables, platform.deployment
    return (
        table("CIRCUITS_TABLE", tables.circuits, "GetItem"),
        table("HEALTH_TABLE", tables.health, "GetItem", "Query"),
        table("PEERS_TABLE", tables.peers, "GetItem"),
        value("WHITE_LIST_SIGNER_NAME", deployment.white_list_signer_name),
        value("WHITE_LIST_SIGNER_UNIT", deployment.white_list_signer_unit),
    )


def large_exports(platform: Platform) -> tuple[Use, ...]:
    """Keeping an operator's export for a day, and signing its address."""
    return (
        objects("EXPORTS_BUCKET", platform.stateful.buckets.exports, "get", "put"),
        value("EXPORT_URL_SECONDS", str(EXPORT_URL_SECONDS)),
    )


def structure_secrets(platform: Platform) -> Use:
    """Reading the certificates and keys of the tenants' structures."""
    return _secrets_of_tenants(platform, "STRUCTURE_SECRETS")


def pacs_secrets(platform: Platform) -> Use:
    """Reading the digests of the credentials of the tenants' PACS."""
    return _secrets_of_tenants(platform, "PACS_SECRETS")


def traits_secrets(platform: Platform) -> Use:
    """Reading the secrets under which the tenants' patients are kept."""
    return _secrets_of_tenants(platform, "TRAITS_SECRETS")


def session_secrets(platform: Platform) -> Use:
    """Reading the secrets that seal the sessions."""
    return _secrets_of_tenants(platform, "SESSION_SECRETS")


def tenant_anchors(platform: Platform) -> Use:
    """Reading the authorities of the tenants' programs and of the addresses of their news."""
    return _secrets_of_tenants(platform, "TENANT_ANCHORS_SECRETS")


def pacs(platform: Platform) -> tuple[Use, ...]:
    """Asking the tenants' PACS: the secrets of our access, and the hosts of this machine among
    them."""
    private = platform.deployment.private_pacs or "-"
    return (
        _secrets_of_tenants(platform, "PACS_ACCESS_SECRETS"),
        Use({"PRIVATE_PACS": private}, in_network=True),
    )


def webhook_secrets(platform: Platform) -> Use:
    """Reading the keys that sign the news of the tenants' messages."""
    return _secrets_of_tenants(platform, "WEBHOOK_SECRETS")


def _secrets_of_tenants(platform: Platform, variable: str) -> Use:
    """Reading the objects for which ``variable`` stands, of every tenant, and writing none."""
    bucket = platform.stateful.buckets.secrets
    objects_of_all = bucket.arn_for_objects(f"*/{SECRETS_OF_TENANTS[variable]}")
    keys = tenant_keys(Stack.of(bucket), "kms:Decrypt")
    return Use(
        {variable: bucket.bucket_name},
        (
            _allow(["s3:GetObject"], [objects_of_all]),
            # Without it an absent object answers 403 instead of 404.
            _allow(["s3:ListBucket"], [bucket.bucket_arn]),
            *keys.statements,
        ),
        {objects_of_all: "Secrets of one kind, of every tenant.", **keys.reasons},
    )


def tenant_files(of: dynamodb.ITableV2) -> Use:
    """Reading the tenants' files."""
    return table("TENANTS_TABLE", of, "GetItem")


def all_tenant_files(of: dynamodb.ITableV2) -> Use:
    """Listing the tenants' files."""
    return table("TENANTS_TABLE", of, "Scan")


def tenant_keys(stack: Stack, *actions: str) -> Use:
    """``actions`` with the keys of tenants: those whose alias says so, and no other key."""
    everything = stack.format_arn(service="kms", resource="key", resource_name="*")
    return Use(
        statements=(
            _allow(
                list(actions),
                [everything],
                {"ForAnyValue:StringLike": {"kms:ResourceAliases": f"{KEY_ALIASES}*"}},
            ),
        ),
        reasons={everything: "Keys of tenants only: a condition on the alias says so."},
    )


def _allow(
    actions: list[str], resources: list[str], conditions: dict[str, object] | None = None
) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=actions, resources=resources, conditions=conditions)


def _secret_arn(stack: Stack, name: str) -> str:
    return stack.format_arn(
        service="secretsmanager",
        resource="secret",
        resource_name=name,
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )


def _key_of(key: kms.IKey | None) -> kms.IKey:
    if key is None:
        raise ValueError("a store without a customer-managed key")
    return key
