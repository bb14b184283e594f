"""Every hour: the closed days of every tenant's audit get their seals (decision 0051)."""

from __future__ import annotations

from aws_cdk import Duration
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.schedule import on_schedule
from infra.shared.uses import audit_to_seal


class SealAudit(DrimboxFunction):
    """The only function that reads the audit. It adds nothing to it: seals have their bucket."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        buckets = platform.stateful.buckets
        super().__init__(
            scope,
            "seal_audit",
            platform,
            timeout=900,
            # A day of 100,000 records and those of the week before are lists in memory.
            memory=1769,
            audited=False,
            opens_tenants=False,
            uses=[audit_to_seal(buckets.audit, buckets.seals, platform.stateful.audit_key)],
        )
        on_schedule(
            self,
            platform,
            rule="drimbox-seal-audit",
            every=Duration.hours(1),
            description="Each closed day of the audit is sealed",
        )
