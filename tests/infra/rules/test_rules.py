"""Every rule passes its good template and names what is wrong in each spoiled one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from infra.rules import (
    alarms,
    entry_points,
    flow,
    logging,
    network,
    outside,
    regions,
    rights,
    stores,
)
from infra.rules.assembly import Assembly, Finding, StackTemplate
from infra.rules.catalogue import RULES
from tests.infra.rules import samples
from tests.infra.rules.samples import Template, redefined, ref, resource, spoiled, statement

Check = Callable[[Assembly], Iterator[Finding]]


def props(made: Template, name: str) -> Any:
    return made[name]["Properties"]


def put(name: str, **changed: Any) -> Callable[[Template], None]:
    """Set properties of one resource."""
    return lambda made: props(made, name).update(changed)


def drop(name: str, key: str) -> Callable[[Template], None]:
    """Remove one property of one resource."""
    return lambda made: props(made, name).pop(key)


def without(name: str) -> Callable[[Template], object]:
    """Remove one resource."""
    return lambda made: made.pop(name)


def states(change: Callable[[Any], object]) -> Callable[[Template], None]:
    """Change the workflow's definition."""
    return lambda made: redefined(made, change)


def trusted(made: Template, index: int = 0) -> Any:
    """One statement of the trust of the role that is lent."""
    return props(made, "Lent")["AssumeRolePolicyDocument"]["Statement"][index]


SIGNED_URL: Final = {"StringEquals": {"s3:authType": "REST-QUERY-STRING"}}


def older_than(milliseconds: int) -> dict[str, Any]:
    """The condition on the age of a signature."""
    return {"NumericGreaterThan": {"s3:signatureAge": milliseconds}}


# Changes of the denial of network interfaces to a function's code.
OTHER_DENIALS: Final[tuple[Template, ...]] = (
    {"Effect": "Allow"},
    {"Action": samples.INTERFACES[0]},
    {"Resource": "arn:aws:ec2:*:*:subnet/*"},
    {"Condition": {}},
    {"Condition": {"ArnEquals": {"lambda:SourceFunctionArn": ref("Signs")}}},
)
GOOD: Final[dict[Check, Callable[[], Template]]] = {
    regions.region: samples.stores,
    regions.no_copy_elsewhere: samples.stores,
    entry_points.own_endpoint_only: samples.entry_points,
    entry_points.client_certificate: samples.entry_points,
    entry_points.authorizer_everywhere: samples.entry_points,
    entry_points.no_other_entry: samples.entry_points,
    entry_points.firewall: samples.entry_points,
    entry_points.tls: samples.entry_points,
    entry_points.access_log: samples.entry_points,
    rights.least_privilege: samples.rights,
    rights.audit_is_append_only: samples.rights,
    rights.secrets_by_kind: samples.rights,
    rights.keys_have_owners: samples.rights,
    rights.loans: samples.loans,
    rights.authority: samples.authority,
    stores.bucket_policies: samples.stores,
    stores.locked: samples.stores,
    stores.passing: samples.stores,
    stores.retained: samples.stores,
    stores.encrypted: samples.stores,
    stores.tagged: samples.tagged,
    flow.queues: samples.flow,
    flow.event_sources: samples.flow,
    flow.workflows: samples.flow,
    flow.waits: samples.flow,
    flow.concurrency: samples.concurrency,
    logging.logs: samples.logging,
    logging.no_data_in_logs: samples.logging,
    logging.secrets: samples.logging,
    outside.private_hosts: samples.outside,
    network.places: samples.network,
    network.ways: samples.network,
    network.addresses: samples.network,
    alarms.alarms: samples.alarms,
    alarms.schedules: samples.schedules,
}

# Check, the spoiled property, the resource in the finding, the text of the finding.
BAD: Final[list[tuple[Check, Callable[[Template], object], str, str]]] = [
    (
        regions.no_copy_elsewhere,
        lambda m: props(m, "Table")["Replicas"].append({"Region": "eu-central-2"}),
        "Table",
        "another region",
    ),
    (
        regions.no_copy_elsewhere,
        put("Archive", ReplicationConfiguration={}),
        "Archive",
        "replicated",
    ),
    (
        entry_points.own_endpoint_only,
        drop("DbApi", "DisableExecuteApiEndpoint"),
        "DbApi",
        "disabled",
    ),
    (
        entry_points.own_endpoint_only,
        put("InApi", EndpointConfiguration={"Types": ["EDGE"]}),
        "InApi",
        "regional",
    ),
    (
        entry_points.client_certificate,
        drop("InDomain", "MutualTlsAuthentication"),
        "InApi",
        "no client",
    ),
    (
        entry_points.client_certificate,
        put("InDomain", MutualTlsAuthentication={"TruststoreUri": "s3://b/k"}),
        "InDomain",
        "pinned",
    ),
    (entry_points.client_certificate, without("InMapping"), "InApi", "no client"),
    (
        entry_points.client_certificate,
        put("DbMapping", DomainName=ref("Nowhere")),
        "DbMapping",
        "unknown",
    ),
    (entry_points.authorizer_everywhere, drop("DbMethod", "AuthorizerId"), "DbMethod", "without"),
    (
        entry_points.authorizer_everywhere,
        put("InMethod", AuthorizationType="NONE"),
        "InMethod",
        "without an authorizer",
    ),
    # The health check's path, on another host or by another method, is no health check.
    (
        entry_points.authorizer_everywhere,
        put("Health", RestApiId=ref("InApi")),
        "Health",
        "without",
    ),
    (entry_points.authorizer_everywhere, put("Health", HttpMethod="POST"), "Health", "without"),
    (
        entry_points.authorizer_everywhere,
        put("Health", ResourceId=ref("DbTenant")),
        "Health",
        "without",
    ),
    (
        entry_points.authorizer_everywhere,
        put("Health", ResourceId={"Fn::GetAtt": ["DbApi", "RootResourceId"]}),
        "Health",
        "without",
    ),
    (
        entry_points.authorizer_everywhere,
        put("DbAuthorizer", AuthorizerResultTtlInSeconds=60),
        "DbAuthorizer",
        "kept",
    ),
    (
        entry_points.authorizer_everywhere,
        drop("DbAuthorizer", "AuthorizerResultTtlInSeconds"),
        "DbAuthorizer",
        "kept",
    ),
    (
        entry_points.authorizer_everywhere,
        put("DbAuthorizer", Type="TOKEN"),
        "DbAuthorizer",
        "REQUEST",
    ),
    (
        entry_points.no_other_entry,
        lambda m: m.update(Url=resource("AWS::Lambda::Url", {"AuthType": "AWS_IAM"})),
        "Url",
        "function URL",
    ),
    (
        entry_points.no_other_entry,
        put("InPermission", Principal="*"),
        "InPermission",
        "not one API",
    ),
    (entry_points.no_other_entry, drop("InPermission", "SourceArn"), "InPermission", "not one API"),
    *(
        (
            entry_points.no_other_entry,
            put("InPermission", SourceArn=source),
            "InPermission",
            "not one API",
        )
        for source in (
            samples.AUTHORIZERS,
            "arn:aws:execute-api:eu-west-3:123456789012:*",
            samples.join("arn:", ref("Unknown"), "/live/*/*"),
        )
    ),
    *(
        (
            entry_points.no_other_entry,
            put("SharedPermission", SourceArn=source),
            "SharedPermission",
            "not one API",
        )
        for source in (
            "arn:aws:execute-api:eu-west-3:*:*/authorizers/*",
            "arn:aws:execute-api:*:123456789012:*/authorizers/*",
            "arn:aws:execute-api:eu-west-3:123456789012:*/*/authorizers/*",
            "arn:aws:execute-api:eu-west-3:123456789012:*/*",
        )
    ),
    (
        entry_points.no_other_entry,
        put("SharedPermission", Principal="events.amazonaws.com"),
        "SharedPermission",
        "not one API",
    ),
    (
        entry_points.no_other_entry,
        put("InPermission", FunctionName="drimbox-of-nobody"),
        "InPermission",
        "apart from its function",
    ),
    (entry_points.firewall, without("DbAssociation"), "DbStage", "no firewall"),
    (entry_points.firewall, put("DbAcl", Rules=[]), "DbStage", "no firewall"),
    (
        entry_points.firewall,
        lambda m: props(m, "DbAcl")["Rules"][0].update(Action={"Count": {}}),
        "DbStage",
        "no firewall",
    ),
    (
        entry_points.firewall,
        lambda m: props(m, "DbAcl")["Rules"].pop(),
        "DbStage",
        "no firewall",
    ),
    (
        entry_points.firewall,
        lambda m: props(m, "DbAcl")["Rules"][1].update(Action={"Count": {}}),
        "DbStage",
        "no firewall",
    ),
    (
        entry_points.firewall,
        put("DbAssociation", ResourceArn=samples.join("arn::/restapis/", ref("InApi"))),
        "DbStage",
        "no firewall",
    ),
    (flow.concurrency, drop("Called", "ReservedConcurrentExecutions"), "Called", "no reserved"),
    (flow.concurrency, put("Called", ReservedConcurrentExecutions=0), "Called", "no reserved"),
    (flow.concurrency, drop("Fill", "ReservedConcurrentExecutions"), "Fill", "no reserved"),
    (flow.concurrency, put("Fill", ReservedConcurrentExecutions=891), "", "less than 100"),
    *(
        (rights.loans, change, "Lent", "without its tag")
        for change in (
            lambda m: trusted(m).pop("Condition"),
            lambda m: trusted(m)["Condition"].pop("StringLike"),
            lambda m: trusted(m)["Condition"].pop("ForAllValues:StringEquals"),
            lambda m: trusted(m)["Condition"].update(
                {"ForAllValues:StringEquals": {"aws:TagKeys": ["tenant", "more"]}}
            ),
            lambda m: trusted(m, 1).pop("Condition"),
        )
    ),
    *(
        (rights.loans, change, "Policy", "opens without the tag")
        for change in (
            lambda m: statement(m, 0).update(Resource="arn:aws:sqs:eu-west-3:1:agents-*"),
            lambda m: statement(m, 1).update(Resource="arn:aws:s3:::cache/demo/incoming/*"),
            lambda m: statement(m, 1).update(
                Resource=[statement(m, 1)["Resource"], "arn:aws:s3:::cache/*"]
            ),
            lambda m: statement(m, 2).pop("Condition"),
            # The name of a tenant may begin, or end, that of another.
            *(
                lambda m, form=form: statement(m, 0).update(
                    Resource=form.format("${aws:PrincipalTag/tenant}")
                )
                for form in ("agents-{}*", "agents-{}-*", "agents-*{}", "agents-?{}/x")
            ),
            *(
                lambda m, name=name: statement(m, 2).update(
                    Condition={name: {"kms:ResourceAliases": "${aws:PrincipalTag/tenant}"}}
                )
                for name in ("ForAllValues:StringLike", "StringNotEquals")
            ),
            # One value without the tag is enough.
            lambda m: statement(m, 2).update(
                Condition={
                    "StringLike": {"kms:ResourceAliases": ["${aws:PrincipalTag/tenant}", "*"]}
                }
            ),
            # A call without the key would pass.
            lambda m: statement(m, 2).update(
                Condition={
                    f"{name}IfExists": value for name, value in statement(m, 2)["Condition"].items()
                }
            ),
        )
    ),
    *(
        (rights.authority, change, where, what)
        for change, where, what in (
            (
                lambda m: m.update(Twin=samples.signing("Other")),
                "Twin",
                "a second function that signs",
            ),
            (
                lambda m: statement(m, 0, "SignerPolicy")["Action"].append("kms:Decrypt"),
                "SignerPolicy",
                "beside that of signing",
            ),
            (
                lambda m: statement(m, 0, "OtherPolicy").update(Action=["kms:Sign"]),
                "OtherPolicy",
                "signs with a key",
            ),
            (
                lambda m: statement(m, 0, "OtherPolicy").update(Action=["kms:CreateGrant"]),
                "OtherPolicy",
                "signs with a key",
            ),
            (
                lambda m: statement(m, 0, "OtherPolicy").update(
                    Action=["lambda:InvokeFunction"], Resource=samples.arn("Signer")
                ),
                "OtherPolicy",
                "calls the function",
            ),
            (
                lambda m: m.update(
                    Permission=resource(
                        "AWS::Lambda::Permission", {"FunctionName": samples.arn("Signer")}
                    )
                ),
                "Permission",
                "lets somebody else call",
            ),
        )
    ),
    (entry_points.tls, put("DbDomain", SecurityPolicy="TLS_1_0"), "DbDomain", "TLS policy"),
    (entry_points.tls, put("DbDomain", SecurityPolicy="TLS_1_2"), "DbDomain", "TLS policy"),
    (entry_points.tls, drop("DbDomain", "EndpointAccessMode"), "DbDomain", "TLS policy"),
    (entry_points.tls, put("DbApi", EndpointAccessMode="BASIC"), "DbApi", "TLS policy"),
    (entry_points.tls, drop("DbApi", "SecurityPolicy"), "DbApi", "TLS policy"),
    (entry_points.tls, put("InDomain", **samples.MODERN), "InDomain", "TLS policy"),
    (entry_points.tls, put("InDomain", SecurityPolicy="TLS_1_0"), "InDomain", "TLS policy"),
    (entry_points.tls, drop("DbDomain", "SecurityPolicy"), "DbDomain", "TLS policy"),
    (entry_points.access_log, drop("DbStage", "AccessLogSetting"), "DbStage", "no access log"),
    *(
        (
            entry_points.access_log,
            put("DbStage", AccessLogSetting={"Format": f"$context.requestId $context.{name}"}),
            "DbStage",
            f"logs {name}",
        )
        for name in ("path", "authorizer.principalId", "identity.userAgent", "error.message")
    ),
    (
        rights.least_privilege,
        lambda m: statement(m).update(Action=["s3:GetObject", "s3:*"]),
        "Policy",
        "wildcard action",
    ),
    (rights.least_privilege, lambda m: statement(m).update(Resource="*"), "Policy", "bare *"),
    (
        rights.least_privilege,
        lambda m: statement(m, 2).update(Action=["xray:PutTraceSegments", "s3:GetObject"]),
        "Policy",
        "bare *",
    ),
    (
        rights.least_privilege,
        lambda m: statement(m, 3).pop("Condition"),
        "Policy",
        "any key",
    ),
    (
        rights.least_privilege,
        lambda m: statement(m).update(NotAction=statement(m).pop("Action")),
        "Policy",
        "exclusion",
    ),
    (
        rights.least_privilege,
        lambda m: statement(m).update(NotResource=statement(m).pop("Resource")),
        "Policy",
        "exclusion",
    ),
    *(
        (
            rights.least_privilege,
            lambda m, action=action: statement(m).update(Action=action),
            "Policy",
            "undoes",
        )
        for action in (
            "s3:DeleteObject",
            "s3:DeleteObjectVersion",
            "s3:BypassGovernanceRetention",
            "kms:ScheduleKeyDeletion",
            "iam:PassRole",
        )
    ),
    (
        rights.least_privilege,
        lambda m: props(m, "Role")["Policies"][0]["PolicyDocument"]["Statement"][0].update(
            Resource="*"
        ),
        "Role",
        "bare *",
    ),
    (
        rights.audit_is_append_only,
        lambda m: statement(m, 0).update(Action=["s3:PutObject", "s3:GetObject"]),
        "Policy",
        "audit",
    ),
    (
        rights.audit_is_append_only,
        lambda m: statement(m, 1).update(Resource=[samples.arn("Audit")], Action="s3:ListBucket"),
        "Policy",
        "audit",
    ),
    *(
        (
            rights.audit_is_append_only,
            lambda m, action=action: statement(m, 1).update(
                Resource=samples.join(samples.arn("Seals"), "/*"), Action=action
            ),
            "Policy",
            "SEALS_BUCKET",
        )
        for action in ("s3:PutObject", "s3:GetObject", "s3:GetObjectVersion")
    ),
    *(
        (
            rights.audit_is_append_only,
            lambda m, action=action: statement(m, 0, "SealerPolicy").update(Action=action),
            "SealerPolicy",
            "AUDIT_BUCKET",
        )
        for action in ("s3:PutObject", ["s3:GetObjectVersion", "s3:PutObject"], "s3:DeleteObject")
    ),
    (
        rights.audit_is_append_only,
        lambda m: statement(m, 1, "SealerPolicy").update(
            Action=["s3:PutObject", "s3:DeleteObject"]
        ),
        "SealerPolicy",
        "SEALS_BUCKET",
    ),
    *(
        (
            rights.secrets_by_kind,
            lambda m, changed=changed: statement(m, 0, "ReaderPolicy").update(changed),
            "ReaderPolicy",
            "more than its part",
        )
        for changed in (
            {"Resource": samples.join(samples.arn("Secrets"), "/*")},
            {"Resource": samples.join(samples.arn("Secrets"), "/*/sessions")},
            {"Resource": samples.join(samples.arn("Secrets"), "/*/structures/*/*")},
            {"Action": "s3:PutObject"},
            {"Action": ["s3:GetObject", "s3:DeleteObject"]},
            {"Action": "s3:GetObjectVersion"},
        )
    ),
    *(
        (
            rights.secrets_by_kind,
            lambda m, changed=changed: statement(m).update(changed),
            "Policy",
            "more than its part",
        )
        for changed in (
            {"Resource": samples.join(samples.arn("Secrets"), "/*/traits")},
            {"Resource": samples.arn("Secrets"), "Action": "s3:ListBucket"},
        )
    ),
    (
        rights.secrets_by_kind,
        lambda m: props(m, "ReaderPolicy")["Roles"].append(samples.ref("SealerRole")),
        "ReaderPolicy",
        "more than its part",
    ),
    # A role that shares the sealer's policy would have its rights.
    (
        rights.audit_is_append_only,
        lambda m: props(m, "SealerPolicy")["Roles"].append(samples.ref("Role")),
        "SealerPolicy",
        "audit",
    ),
    (
        rights.audit_is_append_only,
        lambda m: props(m, "SealerRole").update(
            Policies=[
                {
                    "PolicyDocument": {
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Action": "s3:PutObject",
                                "Resource": samples.arn("Audit"),
                            }
                        ]
                    }
                }
            ]
        ),
        "SealerRole",
        "AUDIT_BUCKET",
    ),
    (
        rights.audit_is_append_only,
        lambda m: props(m, "Function")["Environment"]["Variables"].update(
            SEALS_BUCKET=samples.ref("Seals")
        ),
        "Function",
        "second function",
    ),
    (rights.keys_have_owners, drop("Key", "EnableKeyRotation"), "Key", "rotate"),
    *(
        (
            rights.keys_have_owners,
            lambda m, principal=principal: props(m, "Key")["KeyPolicy"]["Statement"][0].update(
                Principal=principal
            ),
            "Key",
            "everybody",
        )
        for principal in ("*", {"AWS": "*"}, {"AWS": ["arn:aws:iam::1:root", "*"]})
    ),
    (stores.bucket_policies, without("AuditPolicy"), "Audit", "plain HTTP"),
    (stores.bucket_policies, without("LogsPolicy"), "Logs", "other signed"),
    *(
        (
            stores.bucket_policies,
            lambda m, bucket=bucket, changed=changed: props(m, f"{bucket}Policy")["PolicyDocument"][
                "Statement"
            ][1].update(Condition=changed),
            bucket,
            "other signed",
        )
        for bucket, changed in (
            # Too early, too late, every URL; and one that nobody signs.
            ("Cache", {**SIGNED_URL, **older_than(299_999)}),
            ("Cache", {**SIGNED_URL, **older_than(600_000)}),
            ("Cache", SIGNED_URL),
            ("Inbox", {**SIGNED_URL, **older_than(1)}),
            # A condition more, or another one, refuses fewer.
            ("Inbox", {**SIGNED_URL, "StringLike": {"aws:UserAgent": "x*"}}),
            ("Inbox", {"StringEquals": {"s3:authType": "POST"}}),
            ("Inbox", {}),
        )
    ),
    *(
        (
            stores.bucket_policies,
            lambda m, changed=changed: props(m, "Function")["Environment"]["Variables"].update(
                changed
            ),
            bucket,
            what,
        )
        for bucket, changed, what in (
            ("Cache", {"SIGNED_URL_SECONDS": "600"}, "other signed"),
            ("Cache", {"SIGNED_URL_SECONDS": "3601"}, "more than an hour"),
            ("Cache", {"CACHE_BUCKET": "unknown"}, "other signed"),
            (
                "Inbox",
                {"UPLOADS_BUCKET": ref("Inbox"), "UPLOAD_URL_SECONDS": "600"},
                "other signed",
            ),
        )
    ),
    (
        stores.bucket_policies,
        lambda m: props(m, "InboxPolicy")["PolicyDocument"]["Statement"][0].update(
            Principal={"AWS": "arn:aws:iam::1:root"}
        ),
        "Inbox",
        "plain HTTP",
    ),
    (
        stores.bucket_policies,
        lambda m: props(m, "InboxPolicy")["PolicyDocument"]["Statement"][0].update(Effect="Allow"),
        "Inbox",
        "plain HTTP",
    ),
    (stores.bucket_policies, put("InboxPolicy", Bucket=ref("Gone")), "Inbox", "plain HTTP"),
    (
        stores.bucket_policies,
        lambda m: props(m, "Inbox")["PublicAccessBlockConfiguration"].pop("BlockPublicAcls"),
        "Inbox",
        "public",
    ),
    (stores.locked, drop("Audit", "ObjectLockEnabled"), "Audit", "AUDIT_BUCKET"),
    (stores.locked, drop("Archive", "VersioningConfiguration"), "Archive", "ARCHIVE_BUCKET"),
    (stores.locked, drop("Inbox", "ObjectLockConfiguration"), "Inbox", "INBOX_BUCKET"),
    (
        stores.locked,
        put(
            "Audit",
            ObjectLockConfiguration={"Rule": {"DefaultRetention": {"Mode": "GOVERNANCE"}}},
        ),
        "Audit",
        "AUDIT_BUCKET",
    ),
    (stores.passing, drop("Cache", "LifecycleConfiguration"), "Cache", "CACHE_BUCKET"),
    (stores.passing, put("Cache", ObjectLockEnabled=True), "Cache", "CACHE_BUCKET"),
    *(
        (stores.passing, put("Cache", LifecycleConfiguration={"Rules": [rule]}), "Cache", "CACHE")
        for rule in (
            {"Status": "Disabled", "ExpirationInDays": 1},
            {"Status": "Enabled"},
            {"Status": "Enabled", "ExpirationInDays": 1, "Prefix": "a/"},
            {"Status": "Enabled", "ExpirationInDays": 1, "TagFilters": []},
        )
    ),
    (stores.retained, lambda m: m["Audit"].pop("DeletionPolicy"), "Audit", "its stack"),
    *(
        (
            stores.retained,
            lambda m, name=name: m[name].pop("UpdateReplacePolicy"),
            name,
            "its stack",
        )
        for name in ("Alias", "Inbox", "Key", "Log", "Machine", "Queue", "Secret", "Table")
    ),
    # CDK's RETAIN: the remains of a failed creation stand in the way of the next.
    (
        stores.retained,
        lambda m: m["Machine"].update(DeletionPolicy="Retain"),
        "Machine",
        "where its creation fails",
    ),
    (
        stores.retained,
        lambda m: m["Secret"].update(UpdateReplacePolicy="Delete"),
        "Secret",
        "its stack",
    ),
    (
        stores.retained,
        lambda m: props(m, "Table")["Replicas"][0].pop("DeletionProtectionEnabled"),
        "Table",
        "can be deleted",
    ),
    (
        stores.retained,
        lambda m: props(m, "Table")["Replicas"][0].pop("PointInTimeRecoverySpecification"),
        "Table",
        "point in time",
    ),
    (stores.encrypted, drop("Inbox", "BucketEncryption"), "Inbox", "aws:kms"),
    (stores.encrypted, drop("Logs", "BucketEncryption"), "Logs", "AES256"),
    (stores.encrypted, drop("Table", "SSESpecification"), "Table", "customer-managed"),
    (stores.encrypted, drop("Secret", "KmsKeyId"), "Secret", "customer-managed"),
    (stores.encrypted, drop("Topic", "KmsMasterKeyId"), "Topic", "customer-managed"),
    (stores.encrypted, drop("Function", "KmsKeyArn"), "Function", "customer-managed"),
    (flow.queues, drop("Queue", "RedrivePolicy"), "Queue", "no dead-letter"),
    (
        flow.queues,
        lambda m: props(m, "Queue")["RedrivePolicy"].update(maxReceiveCount=5),
        "Queue",
        "within two days",
    ),
    # Nobody hears of a message that the programs elsewhere leave.
    (flow.queues, without("LettersMapping"), "Far", "within two days"),
    (flow.queues, drop("Dead", "KmsMasterKeyId"), "Dead", "customer-managed"),
    (flow.queues, put("Dead", MessageRetentionPeriod=345600), "Dead", "14 days"),
    (flow.queues, put("Policy", Queues=[ref("Queue")]), "Dead", "plain HTTP"),
    (flow.queues, put("Policy", PolicyDocument={}), "Queue", "plain HTTP"),
    (flow.queues, put("Function", Timeout=31), "Mapping", "visibility"),
    (flow.queues, put("Queue", VisibilityTimeout=179), "Mapping", "visibility"),
    (flow.event_sources, drop("Mapping", "FunctionResponseTypes"), "Mapping", "its batch"),
    (flow.event_sources, drop("Mapping", "ScalingConfig"), "Mapping", "not bounded"),
    (flow.workflows, put("Machine", StateMachineType="EXPRESS"), "Machine", "Standard"),
    (flow.workflows, states(lambda d: d.pop("TimeoutSeconds")), "Machine", "for ever"),
    (
        flow.workflows,
        states(lambda d: d["States"]["Send"].pop("TimeoutSeconds")),
        "Machine",
        "Send: no timeout",
    ),
    (
        flow.workflows,
        states(
            lambda d: d["States"]["Each"]["ItemProcessor"]["States"]["Fill"].pop("TimeoutSeconds")
        ),
        "Machine",
        "Fill: no timeout",
    ),
    (
        flow.workflows,
        states(lambda d: d["States"]["Both"]["Branches"][0]["States"]["One"].pop("Catch")),
        "Machine",
        "One: an error that nobody catches",
    ),
    (
        flow.workflows,
        states(lambda d: d["States"]["Send"].pop("Retry")),
        "Machine",
        "Send: no retry",
    ),
    (
        flow.workflows,
        states(lambda d: d["States"]["Hold"]["Retry"][0].update(MaxAttempts=99999)),
        "Machine",
        "Hold: a retry of everything, or for ever",
    ),
    (
        flow.workflows,
        states(lambda d: d["States"]["Send"]["Retry"][0].update(ErrorEquals=["States.ALL"])),
        "Machine",
        "Send: a retry of everything",
    ),
    (
        flow.workflows,
        states(lambda d: d["States"]["Send"]["Retry"][0].pop("JitterStrategy")),
        "Machine",
        "without jitter",
    ),
    (
        flow.workflows,
        states(lambda d: d["States"]["Send"]["Retry"][0].pop("MaxDelaySeconds")),
        "Machine",
        "longest pause",
    ),
    (
        flow.waits,
        states(lambda d: d["States"]["Send"]["Retry"][0].update(MaxAttempts=6)),
        "Machine",
        "Send: waits in its execution for more than a minute",
    ),
    (
        flow.waits,
        states(lambda d: d["States"]["Hold"]["Retry"][0].update(MaxDelaySeconds=300)),
        "Machine",
        "Hold: waits in its execution",
    ),
    # Nobody falls back to Hold any more: its own errors are nobody's.
    (
        flow.workflows,
        states(lambda d: d["States"]["Send"].pop("Catch")),
        "Machine",
        "Hold: an error that nobody catches",
    ),
    (
        flow.workflows,
        states(lambda d: d["States"]["Send"]["Catch"][0].update(ErrorEquals=["StudyBusy"])),
        "Machine",
        "Send: an error that nobody catches",
    ),
    (logging.logs, drop("Log", "KmsKeyId"), "Log", "customer-managed"),
    (logging.logs, drop("Log", "RetentionInDays"), "Log", "for ever"),
    (logging.logs, put("Log", RetentionInDays=180), "Log", "less than a year"),
    (logging.logs, drop("Function", "LoggingConfig"), "Function", "not declared"),
    (
        logging.logs,
        put("Function", LoggingConfig={"LogGroup": "/aws/lambda/other"}),
        "Function",
        "not declared",
    ),
    (
        logging.no_data_in_logs,
        lambda m: m.update(
            Machine=resource(
                "AWS::StepFunctions::StateMachine",
                {"LoggingConfiguration": {"IncludeExecutionData": True, "Level": "ALL"}},
            )
        ),
        "Machine",
        "data of executions",
    ),
    (
        logging.no_data_in_logs,
        lambda m: m.update(
            Machine=resource(
                "AWS::StepFunctions::StateMachine",
                {"LoggingConfiguration": {"IncludeExecutionData": False, "Level": "ERROR"}},
            )
        ),
        "Machine",
        "not every event",
    ),
    (
        logging.no_data_in_logs,
        lambda m: m.update(
            Stage=resource(
                "AWS::ApiGateway::Stage",
                {"MethodSettings": [{"DataTraceEnabled": True, "LoggingLevel": "ERROR"}]},
            )
        ),
        "Stage",
        "traces the data",
    ),
    (
        logging.no_data_in_logs,
        lambda m: m.update(Stage=resource("AWS::ApiGateway::Stage", {})),
        "Stage",
        "traces the data",
    ),
    (
        logging.no_data_in_logs,
        lambda m: m.update(
            Stage=resource(
                "AWS::ApiGateway::Stage",
                {"MethodSettings": [{"DataTraceEnabled": False, "LoggingLevel": "INFO"}]},
            )
        ),
        "Stage",
        "paths as they were asked",
    ),
    (
        logging.no_data_in_logs,
        put("Acl", VisibilityConfig={"SampledRequestsEnabled": True}),
        "Acl",
        "samples",
    ),
    *(
        (
            logging.secrets,
            lambda m, name=name, value=value: props(m, "Function")["Environment"][
                "Variables"
            ].update({name: value}),
            "Function",
            f"{name} holds a secret",
        )
        for name, value in (
            ("PSC_CLIENT_SECRET", "hunter2 is a password"),
            ("API_TOKEN", "abc"),
            ("TRAITS_SECRETS", "abc"),
            ("TRAITS_SECRETS", samples.arn("Log")),
            ("KEY", "-----BEGIN PRIVATE KEY-----"),
            ("KEY", "{{resolve:secretsmanager:drimbox/platform/lps}}"),
            ("SESSION", "eyJhbGciOiJSUzI1NiJ9"),
        )
    ),
    (
        logging.secrets,
        put("Parameter", Value="-----BEGIN CERTIFICATE-----"),
        "Parameter",
        "it holds a secret",
    ),
    (
        logging.secrets,
        put("Custom", File="-----BEGIN CERTIFICATE-----"),
        "Custom",
        "it holds a secret",
    ),
    *(
        (
            outside.private_hosts,
            lambda m, name=name: props(m, "Function")["Environment"]["Variables"].update(
                {name: "127.0.0.1"}
            ),
            "Function",
            f"{name} names a host",
        )
        for name in ("PRIVATE_PACS", "PRIVATE_PEERS")
    ),
    (network.places, drop("Opens", "VpcConfig"), "Opens", "outside the network"),
    *(
        (
            network.places,
            lambda m, name=name: props(m, "Opens")["Environment"]["Variables"].update({name: "x"}),
            "Opens",
            "holds a signing key",
        )
        for name in ("STRUCTURE_SECRETS", "AGENT_AUTHORITY_KEY_ARN")
    ),
    (
        network.places,
        put("Opens", Environment={"Variables": {}}),
        "Opens",
        "opens no PACS",
    ),
    *(
        (network.places, put("Opens", VpcConfig={"SubnetIds": wrong}), "Opens", "elsewhere")
        for wrong in (ref("Other"), ref("Inner"), [ref("Inner")], None)
    ),
    (
        network.places,
        put("Route", NatGatewayId=ref("Nat"), RouteTableId=ref("Nowhere")),
        "Opens",
        "elsewhere",
    ),
    (network.places, drop("Route", "NatGatewayId"), "Opens", "elsewhere"),
    (network.places, without("Association"), "Opens", "elsewhere"),
    (
        network.places,
        put("Names", Value={"Fn::Join": [",", [ref("Nowhere")]]}),
        "Opens",
        "elsewhere",
    ),
    (network.places, put("Names", Value={"Fn::Join": [",", []]}), "Opens", "elsewhere"),
    *(
        (
            network.places,
            lambda m, changed=changed: props(m, "Policy")["PolicyDocument"]["Statement"][1].update(
                changed
            ),
            "Opens",
            "network interfaces",
        )
        for changed in OTHER_DENIALS
    ),
    (
        network.ways,
        put("Group", SecurityGroupIngress=[{"CidrIp": "10.64.0.0/24"}]),
        "Group",
        "somebody in",
    ),
    (network.ways, drop("Group", "SecurityGroupEgress"), "Group", "lets out more"),
    *(
        (
            network.ways,
            lambda m, changed=changed: props(m, "Group")["SecurityGroupEgress"][2].update(changed),
            "Group",
            "lets out more",
        )
        for changed in (
            {"CidrIp": "0.0.0.0/0"},
            {"CidrIp": "100.64.0.0/16"},
            {"ToPort": 9444},
            {"FromPort": 443, "ToPort": 443},
            {"IpProtocol": "-1"},
            {"IpProtocol": "udp"},
        )
    ),
    (
        network.ways,
        lambda m: m.update(Other=resource("AWS::EC2::SecurityGroupIngress", {})),
        "Other",
        "beside its group",
    ),
    (network.addresses, drop("Nat", "AllocationId"), "Nat", "nobody's"),
    (network.addresses, put("Nat", AllocationId=ref("Vpc")), "Nat", "nobody's"),
    (
        network.addresses,
        lambda m: m["Address"].pop("DeletionPolicy"),
        "Address",
        "goes with its stack",
    ),
    (
        network.addresses,
        lambda m: m.update(Other=resource("AWS::EC2::EIP", {}, kept=True)),
        "Other",
        "no output tells",
    ),
    (network.addresses, without("Flows"), "Vpc", "nobody logs"),
    (alarms.schedules, without("Failed"), "Function", "fails unheard"),
    (alarms.schedules, without("NoSuccess"), "Function", "silence"),
    (alarms.schedules, put("NoSuccess", TreatMissingData="notBreaching"), "Function", "silence"),
    (alarms.schedules, drop("Told", "DestinationConfig"), "Function", "without a destination"),
    (alarms.alarms, without("FunctionAlarm"), "Function", "no alarm on Throttles"),
    (
        alarms.alarms,
        lambda m: props(m, "TopicPolicy")["PolicyDocument"]["Statement"].pop(),
        "TopicPolicy",
        "may not be announced",
    ),
    (alarms.alarms, without("Keys"), "", "a key is taken away"),
    (alarms.alarms, put("Keys", State="DISABLED"), "", "a key is taken away"),
    (alarms.alarms, put("Keys", Targets=[]), "", "a key is taken away"),
    (
        alarms.alarms,
        lambda m: props(m, "Keys")["EventPattern"]["detail"]["eventName"].pop(),
        "",
        "a key is taken away",
    ),
    (stores.tagged, put("Bucket", Tags=[]), "Bucket", "no data-class"),
    (stores.tagged, put("Bucket", Tags=[{"Key": "data-class", "Value": "x"}]), "Bucket", "no data"),
    (stores.tagged, put("Table", Replicas=[{}]), "Table", "no data-class"),
    (stores.tagged, lambda m: props(m, "Key")["Tags"].pop(0), "Key", "no data-class"),
    (alarms.alarms, without("Aborted"), "Machine", "ExecutionsAborted"),
    (alarms.alarms, without("InternalFailures"), "", "InternalFailures"),
    (
        alarms.alarms,
        lambda m: props(m, "FunctionAlarm")["Metrics"].pop(),
        "Function",
        "no alarm on Throttles",
    ),
    (alarms.alarms, without("Failed"), "Machine", "ExecutionsFailed"),
    (alarms.alarms, without("TimedOut"), "Machine", "ExecutionsTimedOut"),
    (alarms.alarms, without("Errors"), "Api", "5XXError"),
    (alarms.alarms, without("Letters"), "Dead", "ApproximateNumberOfMessagesVisible"),
    (alarms.alarms, without("Age"), "Queue", "ApproximateAgeOfOldestMessage"),
    (alarms.alarms, without("Mapping"), "Far", "ApproximateAgeOfOldestMessage"),
    (alarms.alarms, without("ControlIdReused"), "", "ControlIdReused"),
    # One tenant's alarm is not everybody's.
    (
        alarms.alarms,
        put("ControlIdReused", Dimensions=[{"Name": "tenant", "Value": "demo"}]),
        "",
        "ControlIdReused",
    ),
    (alarms.alarms, without("Ending"), "Certificate", "DaysToExpiry"),
    (
        alarms.alarms,
        lambda m: m.update(Way=resource("AWS::EC2::VPNConnection", {})),
        "Way",
        "no alarm on TunnelState",
    ),
    (alarms.alarms, drop("Age", "AlarmActions"), "Age", "nobody hears"),
    (
        alarms.alarms,
        lambda m: m.update(Other=resource("AWS::Lambda::Function", {})),
        "Other",
        "no alarm on Throttles",
    ),
]

# A dead-letter queue that no queue names is one more queue without dead letters.
ALSO: Final[dict[Check, set[str]]] = {rights.authority: {"OtherPolicy"}, flow.queues: {"Dead"}}


def test_every_rule_has_a_good_and_a_bad_template() -> None:
    checks = [rule.check for rule in RULES]
    assert set(checks) == set(GOOD)
    elsewhere = {regions.region}
    assert {check for check, *_ in BAD} == set(GOOD) - elsewhere


def test_every_rule_says_what_it_is_for() -> None:
    for rule in RULES:
        assert rule.description.startswith(f"{rule.number}: ")


@pytest.mark.parametrize("check", GOOD, ids=lambda check: check.__name__)
def test_good(check: Check) -> None:
    assert list(check(samples.assembly(GOOD[check]()))) == []


@pytest.mark.parametrize(
    ("check", "change", "logical_id", "what"),
    BAD,
    ids=[f"{check.__name__}-{logical_id}-{what}" for check, _, logical_id, what in BAD],
)
def test_bad(
    check: Check, change: Callable[[Template], object], logical_id: str, what: str
) -> None:
    findings = list(check(spoiled(GOOD[check](), change)))
    assert [f for f in findings if f.logical_id == logical_id and what in f.what], findings
    # Nothing else is blamed for it.
    assert {f.logical_id for f in findings} - ALSO.get(check, set()) <= {logical_id}


@pytest.mark.parametrize(
    ("site", "needed"),
    [
        ({"link": "vpn", "pacs_url": "https://100.64.3.1/rs"}, True),
        ({"link": "public", "pacs_url": "https://pacs.example/rs"}, True),
        ({"link": "public", "pacs_url": "https://93.184.215.14/rs"}, True),
        ({"link": "public", "pacs_url": "http://127.0.0.1:8453/rs"}, False),
        ({"link": "agent"}, False),
    ],
)
def test_a_network_stands_where_a_site_needs_one(site: dict[str, str], needed: bool) -> None:
    made = {"File": resource("Custom::TenantFile", {"File": json.dumps(site)})}
    found = [one.logical_id for one in network.places(samples.assembly(made))]
    assert found == (["File"] if needed else [])


def test_a_run_on_one_machine_reaches_its_own_hosts() -> None:
    made = samples.outside()
    props(made, "Function")["Environment"]["Variables"]["PRIVATE_PACS"] = "127.0.0.1"
    assert list(outside.private_hosts(samples.assembly(made))) != []
    props(made, "Domain")["DomainName"] = "localhost"
    assert list(outside.private_hosts(samples.assembly(made))) == []


@pytest.mark.parametrize("region", ["eu-west-2", "eu-central-2", "us-east-1", ""])
def test_regions(region: str) -> None:
    [finding] = regions.region(samples.assembly({}, region))
    assert (finding.stack, finding.logical_id) == ("S", "")


def test_a_permission_stands_in_the_stack_of_its_function() -> None:
    made = samples.entry_points()
    apart = {"SharedPermission": made.pop("SharedPermission")}
    props(apart, "SharedPermission")["FunctionName"] = (
        "arn:aws:lambda:eu-west-3:123456789012:function:drimbox-authorize-professional"
    )
    stacks = (
        StackTemplate("S", "eu-west-3", {"Resources": made}),
        StackTemplate("T", "eu-west-3", {"Resources": apart}),
    )
    [finding] = entry_points.no_other_entry(Assembly(stacks))
    assert (finding.stack, finding.logical_id) == ("T", "SharedPermission")
    assert "apart from its function" in finding.what


@pytest.mark.parametrize("section", ["Outputs", "Parameters"])
def test_no_secret_is_published(section: str) -> None:
    made = samples.assembly({})
    assert list(logging.secrets(made)) == []
    template = {section: {"Key": {"Value": "{{resolve:secretsmanager:x}}"}}}
    spoiled_one = Assembly((type(made.stacks[0])("S", "eu-west-3", template),))
    assert [finding.what for finding in logging.secrets(spoiled_one)] == ["Key holds a secret"]


QUERY: Final = 'SELECT SUM(Throttles) FROM SCHEMA("AWS/Lambda", FunctionName)'
IN_PARIS: Final = samples.assembly(
    {"Function": resource("AWS::Lambda::Function", {})}, region="eu-west-3"
)


def querying(expression: str, region: str = "eu-west-3") -> Assembly:
    """The stack of a function, and one of an alarm on a query, in ``region``."""
    alarm = {"AlarmActions": [ref("Topic")], "Metrics": [{"Expression": expression}]}
    template = {"Resources": {"Queried": resource("AWS::CloudWatch::Alarm", alarm)}}
    return Assembly((*IN_PARIS.stacks, StackTemplate("Alarms", region, template)))


@pytest.mark.parametrize("tail", ["", " GROUP BY FunctionName ORDER BY SUM() DESC"])
def test_one_query_watches_the_functions_of_every_stack_of_its_region(tail: str) -> None:
    found = {finding.logical_id for finding in alarms.alarms(querying(QUERY + tail))}
    assert "Function" not in found


@pytest.mark.parametrize(
    ("expression", "region"),
    [
        (QUERY + " WHERE FunctionName = 'another'", "eu-west-3"),
        (QUERY + " LIMIT 1", "eu-west-3"),
        (QUERY.replace("SUM", "MIN"), "eu-west-3"),
        (QUERY.replace("Throttles", "Errors"), "eu-west-3"),
        (QUERY.replace("FunctionName", "FunctionName, Resource"), "eu-west-3"),
        (QUERY, "eu-west-1"),
    ],
)
def test_a_query_that_may_miss_a_function_does_not_watch_it(expression: str, region: str) -> None:
    said = {
        (finding.logical_id, finding.what)
        for finding in alarms.alarms(querying(expression, region))
    }
    assert ("Function", "no alarm on Throttles") in said
