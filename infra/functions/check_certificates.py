"""On schedule: how the certificates of every tenant's structures stand."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.secrets import TRUST_ANCHORS
from infra.shared.uses import all_tenant_files, platform_secret, structure_secrets, table

# The feed check shows a new certificate after this long at most.
_EVERY: Final = Duration.minutes(10)


class CheckCertificates(DrimboxFunction):
    """Sees keys, uses none; touches no patient's data, hence writes no audit record."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful, stack = platform.stateful, Stack.of(scope)
        super().__init__(
            scope,
            "check_certificates",
            platform,
            timeout=300,
            audited=False,
            uses=[
                all_tenant_files(stateful.tables.tenants),
                table("CERTIFICATES_TABLE", stateful.tables.certificates, "PutItem"),
                structure_secrets(stack),
                platform_secret("TRUST_ANCHORS_SECRET", TRUST_ANCHORS, stack, stateful.keys.data),
            ],
        )
        events.Rule(
            self,
            "Schedule",
            rule_name="drimbox-check-certificates",
            schedule=events.Schedule.rate(_EVERY),
            targets=[targets.LambdaFunction(self.function)],
        )
