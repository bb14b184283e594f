"""The account's one role by which API Gateway writes logs."""

from __future__ import annotations

from typing import Final

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.shared.acknowledge import acknowledge

_POLICY: Final = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"


class GatewayAccount(Construct):
    """Without it no stage can have a log."""

    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, "GatewayAccount")
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(_POLICY)],
        )
        apigateway.CfnAccount(self, "Account", cloud_watch_role_arn=role.role_arn)
        finding = f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{_POLICY}]"
        acknowledge(
            role,
            {
                finding: "API Gateway asks for exactly this policy for the one logging role that "
                "an account has; it reaches logs only."
            },
        )
