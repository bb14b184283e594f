"""On schedule: how the certificates of every tenant's structures stand."""

from __future__ import annotations

from aws_cdk import Duration, Stack
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.names import TRUST_ANCHORS
from infra.shared.platform import Platform
from infra.shared.schedule import on_schedule
from infra.shared.uses import CHANGE, all_tenant_files, platform_secret, structure_secrets, table


class CheckCertificates(DrimboxFunction):
    """Sees keys, uses none; touches no patient's data, hence writes no audit record."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful, stack = platform.stateful, Stack.of(scope)
        super().__init__(
            scope,
            "check_certificates",
            platform,
            timeout=900,
            audited=False,
            uses=[
                all_tenant_files(stateful.tables.tenants),
                table("CERTIFICATES_TABLE", stateful.tables.certificates, *CHANGE),
                structure_secrets(platform),
                platform_secret("TRUST_ANCHORS_SECRET", TRUST_ANCHORS, stack, stateful.keys.data),
            ],
        )
        on_schedule(
            self,
            platform,
            rule="drimbox-check-certificates",
            every=Duration.hours(1),
            description="The certificates of every structure are judged",
        )
