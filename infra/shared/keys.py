"""The keys that belong to no tenant: three that encrypt, and one that signs."""

from __future__ import annotations

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from infra.shared.names import (
    AUDIT_KEY,
    AUTHORITY_ALIAS,
    AUTHORITY_KEY,
    DATA_ALIAS,
    DATA_KEY,
    OPERATIONS_KEY,
)
from infra.shared.retained import retained


class Keys(Construct):
    """``data``: tables, queue, platform's secrets, and objects of a bucket without a tenant's key.

    ``audit``: the audit records of every tenant, which outlive their tenants' keys.
    ``operations``: logs and alarms, which hold no patient data; services of AWS may use it.
    ``authority``: signs the certificates of agents, and never leaves KMS (decision 0094). A
    parameter keeps the ARN of each for the other stacks.
    """

    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, "Keys")
        self.data = customer_key(
            self, "Data", DATA_ALIAS, "Data of the DRIMbox that no tenant owns"
        )
        self.audit = customer_key(
            self, "Audit", "alias/drimbox/audit", "Audit records of every tenant"
        )
        self.operations = customer_key(
            self, "Operations", "alias/drimbox/operations", "Logs and alarms"
        )
        self.authority = _signing_key(self)
        stack = Stack.of(self)
        self.operations.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
                actions=["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
                resources=["*"],
                conditions={
                    "ArnLike": {
                        "kms:EncryptionContext:aws:logs:arn": stack.format_arn(
                            service="logs",
                            resource="log-group",
                            resource_name="*",
                            arn_format=ArnFormat.COLON_RESOURCE_NAME,
                        )
                    }
                },
            )
        )
        self.operations.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[
                    iam.ServicePrincipal("cloudwatch.amazonaws.com"),
                    iam.ServicePrincipal("events.amazonaws.com"),
                ],
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
            )
        )
        for construct_id, name, key in (
            ("DataArn", DATA_KEY, self.data),
            ("AuditArn", AUDIT_KEY, self.audit),
            ("OperationsArn", OPERATIONS_KEY, self.operations),
            ("AuthorityArn", AUTHORITY_KEY, self.authority),
        ):
            ssm.StringParameter(
                self,
                construct_id,
                parameter_name=name,
                string_value=key.key_arn,
                description="The key's ARN, for the other stacks",
            )


def customer_key(scope: Construct, construct_id: str, alias: str, description: str) -> kms.Key:
    """A key that rotates, and its alias, by which alone people and policies know the key."""
    key = kms.Key(scope, construct_id, description=description, enable_key_rotation=True)
    retained(kms.Alias(scope, f"{construct_id}Alias", alias_name=alias, target_key=retained(key)))
    return key


def _signing_key(scope: Construct) -> kms.Key:
    """The pair of our authority over agents. KMS rotates no pair: another authority has another."""
    key = kms.Key(
        scope,
        "Authority",
        description="Signs the certificates of agents",
        key_spec=kms.KeySpec.ECC_NIST_P256,
        key_usage=kms.KeyUsage.SIGN_VERIFY,
    )
    alias = kms.Alias(scope, "AuthorityAlias", alias_name=AUTHORITY_ALIAS, target_key=retained(key))
    retained(alias)
    return key
