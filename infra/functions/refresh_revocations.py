"""Every hour: look at the revocation lists of the senders' authorities."""

from __future__ import annotations

from aws_cdk import Duration, Stack
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.names import TRUST_ANCHORS
from infra.shared.platform import Platform
from infra.shared.schedule import on_schedule
from infra.shared.uses import (
    all_tenant_files,
    platform_secret,
    revocation_lists,
    tenant_anchors,
    value,
)


class RefreshRevocations(DrimboxFunction):
    """Touches no patient's data, hence writes no audit record.

    The memory is for a list of a million certificates, 40 MB, and its serial numbers.
    """

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful, stack = platform.stateful, Stack.of(scope)
        super().__init__(
            scope,
            "refresh_revocations",
            platform,
            timeout=600,
            memory=2048,
            audited=False,
            uses=[
                all_tenant_files(stateful.tables.tenants),
                tenant_anchors(platform),
                platform_secret("TRUST_ANCHORS_SECRET", TRUST_ANCHORS, stack, stateful.keys.data),
                revocation_lists(stateful.buckets.revocations, "get", "put"),
                value("SENDER_REVOCATION_URLS", platform.deployment.sender_revocation_urls or "-"),
            ],
        )
        on_schedule(
            self,
            platform,
            rule="drimbox-revocation-lists",
            every=Duration.hours(1),
            description="The revocation lists of the senders' authorities",
        )
