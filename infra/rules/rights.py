"""Rights of roles: named actions on named things."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from infra.rules.assembly import Assembly, Finding, Resource, at, many

# Actions that know no resources, none of which touches data.
RESOURCELESS: Final = frozenset(
    {
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
        # Lambda's own, in a network: rule A29 denies them to the code.
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }
)
# Actions that would undo a lock, an erasure by key or an audit record.
NEVER: Final = (
    "s3:BypassGovernanceRetention",
    "s3:DeleteObjectVersion",
    "s3:PutBucket",
    "s3:PutObjectLegalHold",
    "s3:PutObjectRetention",
    "kms:DisableKey",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "dynamodb:DeleteTable",
    "iam:",
)
# The variable that names a bucket → the only rights on it: of the role of the one function that
# seals the audit, and of every other role.
_READ_VERSIONS: Final = frozenset({"s3:GetObjectVersion", "s3:ListBucketVersions"})
AUDIT: Final = {
    "AUDIT_BUCKET": (_READ_VERSIONS, frozenset({"s3:PutObject"})),
    "SEALS_BUCKET": (_READ_VERSIONS | {"s3:PutObject"}, frozenset[str]()),
}
# The image cache and the opened exams are copies: functions delete objects of no other bucket.
DELETE: Final = "s3:DeleteObject"
COPIES: Final = ("CACHE_BUCKET", "READINGS_BUCKET")
# The variable that names the bucket of the tenants' secrets → those that its function reads, of
# each tenant.
SECRETS: Final = {
    "STRUCTURE_SECRETS": "*/structures/*/*",
    "TRAITS_SECRETS": "*/traits",
    "SESSION_SECRETS": "*/sessions",
    "PACS_ACCESS_SECRETS": "*/pacs",
    "PACS_SECRETS": "*/pacs-credential",
    "TENANT_ANCHORS_SECRETS": "*/trust-anchors",
    "WEBHOOK_SECRETS": "*/webhook",
}
_TENANTS: Final = "alias/drimbox/tenants/"
# The variable of the function that signs as our authority, its rights, those of every function to
# log, and the functions that may call it.
_AUTHORITY: Final = "AGENT_AUTHORITY_KEY_ARN"
_SIGNING: Final = frozenset({"kms:Sign", "kms:GetPublicKey"})
_LOGGING: Final = frozenset(
    {
        *("logs:CreateLogStream", "logs:PutLogEvents"),
        *("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
    }
)
_ISSUING: Final = frozenset({"drimbox-enrol-agent", "drimbox-renew-agent"})
# The tag of a session, as a policy writes it, and the only conditions on which it is given.
_TAG: Final = "${aws:PrincipalTag/tenant}"
# The whole of a name or of a step of a path: a tenant's name may begin, or end, another's.
_WHOLE_TAG: Final = re.compile(rf"[^*?]*{re.escape(_TAG)}(?:[/:].*)?")
# The operators that demand a key, and one of the values that they name.
_DEMANDING: Final = frozenset(
    f"{several}{one}"
    for one in ("StringEquals", "StringLike", "ArnEquals", "ArnLike")
    for several in ("", "ForAnyValue:")
)
_ONE_TAG: Final = {"StringLike": {"aws:RequestTag/tenant": "?*"}}
_TAGGED: Final = tuple(
    {**_ONE_TAG, "ForAllValues:StringEquals": {"aws:TagKeys": keys}}
    for keys in ("tenant", ["tenant"])
)


def least_privilege(assembly: Assembly) -> Iterator[Finding]:
    """A9: no wildcard action, no bare ``*`` on data, no right that undoes a protection."""
    for policy, statement in _allowed(assembly):
        for what in _excesses(assembly, policy, statement):
            yield at(policy, what)


def audit_is_append_only(assembly: Assembly) -> Iterator[Finding]:
    """A9: writers of the audit cannot read it; one function reads and seals it, and adds nothing.

    Nobody else has any right on the seals, and nobody replaces or deletes anything in either.
    """
    sealing = [one for one in assembly.resources("AWS::Lambda::Function") if _seals(one)]
    for another in sealing[1:]:
        yield at(another, "a second function that seals the audit")
    roles = (assembly.target(one.stack, one.properties.get("Role")) for one in sealing)
    sealers = [role for role in roles if role is not None]
    for variable, (of_sealer, of_others) in AUDIT.items():
        names = _names(assembly, variable)
        for policy, statement in _allowed(assembly):
            holders = _holders(assembly, policy)
            allowed = of_sealer if holders and all(h in sealers for h in holders) else of_others
            for resource in many(statement["Resource"]):
                where = assembly.text(policy.stack, resource)
                more = set(many(statement["Action"])) - allowed
                if more and any(name in where for name in names):
                    yield at(policy, f"more than its part on the audit ({variable})")


def _seals(function: Resource) -> bool:
    return "SEALS_BUCKET" in _variables(function)


def _holders(assembly: Assembly, policy: Resource) -> list[Resource | None]:
    """The roles that have the rights of ``policy``, which may be one itself."""
    if policy.type == "AWS::IAM::Role":
        return [policy]
    return [assembly.target(policy.stack, one) for one in policy.properties.get("Roles", [])]


def secrets_by_kind(assembly: Assembly) -> Iterator[Finding]:
    """A9: of the tenants' secrets a role reads those that its function names; nobody writes one."""
    buckets = {name for variable in SECRETS for name in _names(assembly, variable)}
    for policy, statement in _allowed(assembly):
        readable = _readable(assembly, policy)
        actions = set(many(statement["Action"]))
        for resource in many(statement["Resource"]):
            where = assembly.text(policy.stack, resource)
            for bucket in (one for one in buckets if one in where):
                kind = where.partition(bucket)[2].removeprefix("/")
                listed = not kind and readable and actions == {"s3:ListBucket"}
                if not listed and not (kind in readable and actions == {"s3:GetObject"}):
                    yield at(policy, "more than its part of the tenants' secrets")


def _readable(assembly: Assembly, policy: Resource) -> set[str]:
    """The secrets of tenants that every function names which has the rights of ``policy``."""
    holders = _holders(assembly, policy)
    named = [
        {kind for variable, kind in SECRETS.items() if variable in _variables(function)}
        for function in assembly.resources("AWS::Lambda::Function")
        if (role := assembly.target(function.stack, function.properties.get("Role"))) is not None
        and role in holders
    ]
    return set.intersection(*named) if named else set()


def _variables(function: Resource) -> dict[str, Any]:
    variables: dict[str, Any] = function.properties.get("Environment", {}).get("Variables", {})
    return variables


def loans(assembly: Assembly) -> Iterator[Finding]:
    """A27: a role whose sessions bear a tag opens nothing without it, and nobody assumes it without
    that tag, or with another one.
    """
    for role in assembly.resources("AWS::IAM::Role"):
        trusted = role.properties["AssumeRolePolicyDocument"]["Statement"]
        if not any("sts:TagSession" in many(one["Action"]) for one in trusted):
            continue
        if any(one.get("Condition") not in _TAGGED for one in trusted):
            yield at(role, "it is assumed without its tag, or with another one")
        for policy, statement in _allowed(assembly):
            if role in _holders(assembly, policy) and not _needs_tag(assembly, policy, statement):
                yield at(policy, "a right that opens without the tag")


def _needs_tag(assembly: Assembly, policy: Resource, statement: dict[str, Any]) -> bool:
    """Whether each resource is the tag's, or each value of a key that a condition demands."""
    demanded = [
        value
        for name, keys in statement.get("Condition", {}).items()
        if name in _DEMANDING
        for value in keys.values()
    ]
    return any(
        all(_WHOLE_TAG.fullmatch(assembly.text(policy.stack, one)) for one in many(values))
        for values in (statement["Resource"], *demanded)
    )


def keys_have_owners(assembly: Assembly) -> Iterator[Finding]:
    """A10: no key's policy lets everybody in, and every customer-managed key rotates, but for a
    pair, which AWS does not rotate.
    """
    for key in assembly.resources("AWS::KMS::Key"):
        if not _is_pair(key) and key.properties.get("EnableKeyRotation") is not True:
            yield at(key, "a key that does not rotate")
        for statement in key.properties["KeyPolicy"]["Statement"]:
            if statement["Effect"] == "Allow" and "*" in many(_principal(statement)):
                yield at(key, "a key for everybody")


def authority(assembly: Assembly) -> Iterator[Finding]:
    """A28: one function signs with a pair of ours, its role can do nothing else but log, and two
    functions may call it: those that enrol and that renew.
    """
    signing = {
        role: function
        for function in assembly.resources("AWS::Lambda::Function")
        if (role := assembly.target(function.stack, function.properties.get("Role"))) is not None
        and _AUTHORITY in _variables(function)
    }
    for another in [*signing.values()][1:]:
        yield at(another, "a second function that signs")
    signers = set(signing.values())
    for policy, statement in _allowed(assembly):
        holders, actions = _holders(assembly, policy), {*many(statement["Action"])}
        signs = bool(holders) and all(one in signing for one in holders)
        if signs and actions - _SIGNING - _LOGGING:
            yield at(policy, "a right beside that of signing")
        if not signs and actions & {"kms:Sign", "kms:CreateGrant"}:
            yield at(policy, "signs with a key of ours")
        called = {assembly.target(policy.stack, one) for one in many(statement["Resource"])}
        calls = "lambda:InvokeFunction" in actions and bool(called & signers)
        if calls and any(_caller(assembly, one) not in _ISSUING for one in holders):
            yield at(policy, "calls the function that signs")
    for permission in assembly.resources("AWS::Lambda::Permission"):
        if assembly.pointed_by(permission, "FunctionName") in signers:
            yield at(permission, "lets somebody else call the function that signs")


def _is_pair(key: Resource) -> bool:
    return key.properties.get("KeyUsage") == "SIGN_VERIFY"


def _caller(assembly: Assembly, role: Resource | None) -> str:
    """The name of the function whose role it is, "" for none."""
    for function in assembly.resources("AWS::Lambda::Function"):
        if assembly.target(function.stack, function.properties.get("Role")) == role:
            return str(function.properties.get("FunctionName"))
    return ""


def _excesses(assembly: Assembly, policy: Resource, statement: dict[str, Any]) -> Iterator[str]:
    actions = [str(action) for action in many(statement.get("Action"))]
    resources = [assembly.text(policy.stack, one) for one in many(statement.get("Resource"))]
    if not actions or not resources:
        yield "a statement by exclusion (NotAction, NotResource)"
    if any("*" in action for action in actions):
        yield "a wildcard action"
    if any(action.startswith(NEVER) for action in actions):
        yield "a right that undoes a protection"
    copies = [name for variable in COPIES for name in _names(assembly, variable)]
    if DELETE in actions and not all(any(c in where for c in copies) for where in resources):
        yield "a right that undoes a protection"
    if "*" in resources and set(actions) - RESOURCELESS:
        yield "a bare * resource"
    aliases = str(statement.get("Condition", {}).get("ForAnyValue:StringLike", {}))
    if any(one.endswith(":key/*") for one in resources) and _TENANTS not in aliases:
        yield "any key of the account"


def _allowed(assembly: Assembly) -> Iterator[tuple[Resource, dict[str, Any]]]:
    for resource in assembly.resources("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        yield from _statements(resource, resource.properties)
    for role in assembly.resources("AWS::IAM::Role"):
        for policy in role.properties.get("Policies", []):
            yield from _statements(role, policy)


def _statements(resource: Resource, policy: Any) -> Iterator[tuple[Resource, dict[str, Any]]]:
    for statement in policy["PolicyDocument"]["Statement"]:
        if statement["Effect"] == "Allow":
            yield resource, statement


def _principal(statement: dict[str, Any]) -> Any:
    principal = statement["Principal"]
    return principal.get("AWS") if isinstance(principal, dict) else principal


def _names(assembly: Assembly, variable: str) -> set[str]:
    """How a text names the buckets that functions know by that variable."""
    return {
        f"${{{bucket.stack}.{bucket.logical_id}}}" for bucket in buckets_named(assembly, variable)
    }


def buckets_named(assembly: Assembly, variable: str) -> Iterator[Resource]:
    for function in assembly.resources("AWS::Lambda::Function"):
        bucket = assembly.target(function.stack, _variables(function).get(variable))
        if bucket is not None:
            yield bucket
