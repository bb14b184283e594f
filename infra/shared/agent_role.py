"""The one role that is lent to the agents of all sites, an hour at a time.

Each of its rights names a thing by the tag ``tenant`` of its session: without the tag it opens
nothing, and with it that tenant's queue, key and incoming objects. Only the function that lends it
may assume it, and with that one tag alone (rule A27).
"""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from functions.drimbox.agents.answering import INCOMING
from infra.shared.acknowledge import acknowledge_resources
from infra.shared.names import agent_queue_name, named
from infra.shared.platform import Platform
from infra.shared.tenants import KEY_ALIASES

TAG: Final = "tenant"
# The tag of the session, as policies write it.
TENANT: Final = f"${{aws:PrincipalTag/{TAG}}}"
_HOUR: Final = Duration.hours(1)


class AgentRole(Construct):
    """``lender`` is the role of the function that lends it."""

    def __init__(self, scope: Construct, platform: Platform, lender: iam.IRole) -> None:
        super().__init__(scope, "AgentRole")
        stack = Stack.of(self)
        tagged = {
            "StringLike": {f"aws:RequestTag/{TAG}": "?*"},
            "ForAllValues:StringEquals": {"aws:TagKeys": [TAG]},
        }
        self.role = iam.Role(
            self,
            "Role",
            role_name=named("agent"),
            description="Lent to the agents of one site: its queue and its incoming objects",
            assumed_by=iam.ArnPrincipal(lender.role_arn).with_conditions(tagged),
            max_session_duration=_HOUR,
        )
        trust = self.role.assume_role_policy
        if trust is None:
            raise AssertionError("a role that is made here has a trust policy")
        trust.add_statements(
            iam.PolicyStatement(
                actions=["sts:TagSession"],
                principals=[iam.ArnPrincipal(lender.role_arn)],
                conditions=tagged,
            )
        )
        queue = stack.format_arn(service="sqs", resource=agent_queue_name(TENANT))
        incoming = platform.stateful.buckets.cache.arn_for_objects(f"{TENANT}/{INCOMING}*")
        key = stack.format_arn(service="kms", resource="key", resource_name="*")
        through = [f"{one}.{stack.region}.amazonaws.com" for one in ("s3", "sqs")]
        for actions, resource, conditions in (
            (
                ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"],
                queue,
                {},
            ),
            # Nothing that they have put can be read, listed, replaced or deleted.
            (
                ["s3:PutObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"],
                incoming,
                {},
            ),
            # Of a message, and of the parts of an upload, the service decrypts the data key.
            (
                ["kms:Decrypt", "kms:GenerateDataKey"],
                key,
                {
                    "ForAnyValue:StringLike": {"kms:ResourceAliases": f"{KEY_ALIASES}{TENANT}"},
                    "StringEquals": {"kms:ViaService": through},
                },
            ),
        ):
            self.role.add_to_policy(
                iam.PolicyStatement(actions=actions, resources=[resource], conditions=conditions)
            )
        acknowledge_resources(
            self.role,
            {
                incoming: "The incoming objects of the one tenant of the session's tag.",
                key: "The one key whose alias has the tenant of the session's tag.",
            },
        )
