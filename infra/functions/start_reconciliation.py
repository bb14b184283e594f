"""Every hour: start the reconciliation of the tenants whose turn it is."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.schedule import on_schedule
from infra.shared.uses import all_tenant_files, starter


class StartReconciliation(DrimboxFunction):
    """Called with ``{"tenant": …}``, it starts a run of that tenant at once."""

    def __init__(self, scope: Construct, platform: Platform, reconcile: sfn.StateMachine) -> None:
        super().__init__(
            scope,
            "start_reconciliation",
            platform,
            timeout=300,
            audited=False,
            uses=[
                all_tenant_files(platform.stateful.tables.tenants),
                starter("RECONCILE_WORKFLOW_ARN", reconcile),
            ],
        )
        on_schedule(
            self,
            platform,
            rule="drimbox-reconciliation",
            every=Duration.hours(1),
            description="Records, PACS and DMP are compared, each tenant in its own hour",
        )
