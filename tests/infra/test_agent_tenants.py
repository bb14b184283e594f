"""The stack of a tenant behind an agent, and the role that is lent to the agents."""

from __future__ import annotations

from typing import Any, Final

import pytest

from infra.rules.assembly import Assembly, Resource, many
from infra.rules.catalogue import judge
from tests.infra.functions import functions

TAG: Final = "${aws:PrincipalTag/tenant}"


@pytest.fixture
def behind(linked: Assembly) -> Assembly:
    """An application with a tenant behind an agent. Its rules were judged as it was made."""
    return linked


def the(assembly: Assembly, kind: str, **properties: str) -> Resource:
    """The one resource of that type with those properties."""
    [found] = [
        one for one in assembly.resources(kind) if properties.items() <= one.properties.items()
    ]
    return found


def test_it_has_a_queue_under_its_own_key(behind: Assembly) -> None:
    queue = the(behind, "AWS::SQS::Queue", QueueName="drimbox-agents-demo")
    key = behind.pointed_by(queue, "KmsMasterKeyId")
    assert key is not None
    assert (queue.stack, key.stack, key.type) == (
        "DrimboxTenant-demo",
        "DrimboxTenant-demo",
        "AWS::KMS::Key",
    )
    assert queue.properties["VisibilityTimeout"] == 120
    assert queue.properties["MessageRetentionPeriod"] == 14 * 86400
    assert queue.definition["DeletionPolicy"] == "RetainExceptOnCreate"
    kinds = [one.type for one in behind.resources() if one.stack == queue.stack]
    assert sorted(kinds) == [
        *("AWS::KMS::Alias", "AWS::KMS::Key", "AWS::SQS::Queue", "AWS::SQS::QueuePolicy"),
        "Custom::TenantFile",
    ]


def test_a_message_that_no_agent_treats_goes_to_the_function_that_ends_its_job(
    behind: Assembly,
) -> None:
    queue = the(behind, "AWS::SQS::Queue", QueueName="drimbox-agents-demo")
    redrive = queue.properties["RedrivePolicy"]
    letters = behind.target(queue.stack, redrive["deadLetterTargetArn"])
    assert redrive["maxReceiveCount"] == 5
    assert letters is not None
    readers = [
        behind.pointed_by(one, "FunctionName")
        for one in behind.resources("AWS::Lambda::EventSourceMapping")
        if behind.pointed_by(one, "EventSourceArn") == letters
    ]
    assert readers == [functions(behind)["fail_jobs"]]


def test_no_rule_is_broken(behind: Assembly) -> None:
    assert list(judge(behind)) == []


def _arn(service: str) -> str:
    return f"arn:${{AWS::Partition}}:{service}:eu-west-3:123456789012"


def lent(assembly: Assembly) -> Resource:
    return the(assembly, "AWS::IAM::Role", RoleName="drimbox-agent")


def test_the_role_is_lent_by_one_function_under_one_tag(assembly: Assembly) -> None:
    role = lent(assembly)
    lender = functions(assembly)["serve_agents"]
    holder = assembly.pointed_by(lender, "Role")
    assert holder is not None
    trusted = role.properties["AssumeRolePolicyDocument"]["Statement"]
    assert {action for one in trusted for action in many(one["Action"])} == {
        *("sts:AssumeRole", "sts:TagSession"),
    }
    for one in trusted:
        assert assembly.target(role.stack, one["Principal"]["AWS"]) == holder
        assert one["Condition"] == {
            "StringLike": {"aws:RequestTag/tenant": "?*"},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["tenant"]},
        }
    assert role.properties["MaxSessionDuration"] == 3600


def test_the_role_opens_the_queue_the_place_and_the_key_of_its_tag_alone(
    assembly: Assembly,
) -> None:
    role = lent(assembly)
    [policy] = [
        one
        for one in assembly.resources("AWS::IAM::Policy")
        if role in [assembly.target(one.stack, name) for name in one.properties["Roles"]]
    ]
    assert "Policies" not in role.properties
    assert "ManagedPolicyArns" not in role.properties
    rights: list[tuple[set[str], str, Any]] = [
        (
            set(many(one["Action"])),
            assembly.text(policy.stack, one["Resource"]),
            one.get("Condition"),
        )
        for one in policy.properties["PolicyDocument"]["Statement"]
    ]
    [queue, place, key] = rights
    assert queue == (
        {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"},
        f"{_arn('sqs')}:drimbox-agents-{TAG}",
        None,
    )
    assert place[0] == {
        *("s3:PutObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"),
    }
    assert place[1].endswith(f"/{TAG}/incoming/*")
    assert place[2] is None
    assert key[:2] == ({"kms:Decrypt", "kms:GenerateDataKey"}, f"{_arn('kms')}:key/*")
    conditions = dict(key[2])
    through = conditions.pop("StringEquals")["kms:ViaService"]
    # A loan that asks KMS itself opens nothing.
    assert [assembly.text(policy.stack, one) for one in through] == [
        f"{one}.eu-west-3.amazonaws.com" for one in ("s3", "sqs")
    ]
    assert conditions == {
        "ForAnyValue:StringLike": {"kms:ResourceAliases": f"alias/drimbox/tenants/{TAG}"}
    }


def _denials(assembly: Assembly, *sids: str) -> list[dict[str, Any]]:
    """The conditions of these refusals of the cache's policy, where agents put objects."""
    [policy] = [
        one
        for one in assembly.resources("AWS::S3::BucketPolicy")
        if one.logical_id.startswith("BucketsCache")
    ]
    found = [
        one for one in policy.properties["PolicyDocument"]["Statement"] if one.get("Sid") in sids
    ]
    for denied in found:
        assert (denied["Effect"], denied["Action"]) == ("Deny", "s3:PutObject")
        assert denied["Principal"] == {"AWS": "*"}
        assert assembly.text(policy.stack, denied["Resource"]).endswith("/*/incoming/*")
    return [one["Condition"] for one in found]


def test_nothing_replaces_an_object_that_an_agent_has_put(assembly: Assembly) -> None:
    assert _denials(assembly, "DenyOverwriting") == [
        {
            "Null": {"s3:if-none-match": "true"},
            "Bool": {"s3:ObjectCreationOperation": "true"},
        }
    ]


def test_the_tenant_s_key_alone_encrypts_what_an_agent_puts(assembly: Assembly) -> None:
    """Its deletion erases everything of the tenant; the role may use no other key of KMS."""
    sse = "s3:x-amz-server-side-encryption"
    assert _denials(assembly, "DenyOwnKeys", "DenyShownKeys") == [
        {"StringEquals": {sse: ["AES256", "aws:kms:dsse"]}},
        {"StringEquals": {f"{sse}-customer-algorithm": ["AES256"]}},
    ]
