"""Custom resource of the tenants' stacks: one tenant's file in the table (decision 0081)."""

from __future__ import annotations

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import table


class WriteTenant(DrimboxFunction):
    """The only function that changes the tenants' files; CloudFormation alone calls it."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(
            scope,
            "write_tenant",
            platform,
            timeout=60,
            audited=False,
            opens_tenants=False,
            uses=[
                table("TENANTS_TABLE", platform.stateful.tables.tenants, "PutItem", "DeleteItem")
            ],
        )
        # A late second try would write a file that the deployment has taken back meanwhile.
        lambda_.EventInvokeConfig(self, "Once", function=self.function, retry_attempts=0)
