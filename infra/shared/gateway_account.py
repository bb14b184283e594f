"""The account's one role by which API Gateway writes logs."""

from __future__ import annotations

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.shared.acknowledge import acknowledge


class GatewayAccount(Construct):
    """Without it no stage can have a log."""

    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, "GatewayAccount")
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name(
                    "service-role/AmazonAPIGatewayPushToCloudWatchLogs"
                )
            ],
        )
        apigateway.CfnAccount(self, "Account", cloud_watch_role_arn=role.role_arn)
        acknowledge(
            role,
            {
                "AwsSolutions-IAM4": "API Gateway asks for exactly this policy for the one "
                "logging role that an account has; it reaches logs only."
            },
        )
