"""Queue of ticks, and every hour: wake the changes that wait outside the publish workflow."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.queue import TICK_TIMEOUT_SECONDS
from infra.shared.schedule import on_schedule
from infra.shared.uses import (
    CHANGE,
    KEEP,
    agents,
    all_tenant_files,
    causes,
    consumer,
    pacs,
    sender,
    starter,
    table,
    value,
)

# Of all tenants together. Step Functions lets 150 a second begin in eu-west-3 (decision 0079).
STARTS_PER_SECOND: Final = 100
# Ticks at work at a time: 100 starts a second, and the looks of some tenants beside them.
_AT_ONCE: Final = 20


class WakeWaits(DrimboxFunction):
    """Looks in a tenant's PACS for studies that are awaited; starts executions, works on none;
    tells of services that stay away.
    """

    def __init__(self, scope: Construct, platform: Platform, publish: sfn.StateMachine) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "wake_waits",
            platform,
            timeout=TICK_TIMEOUT_SECONDS,
            audited=False,
            uses=[
                all_tenant_files(stateful.tables.tenants),
                table("WAITS_TABLE", stateful.tables.waits, *KEEP, "Query"),
                sender("TICKS_QUEUE_URL", stateful.ticks.queue),
                consumer("TICKS_QUEUE_URL", stateful.ticks.queue),
                table("CIRCUITS_TABLE", stateful.tables.circuits, *CHANGE),
                value("PROBE_SECONDS", str(platform.deployment.probe_seconds)),
                table("STUDIES_TABLE", stateful.tables.studies, "GetItem"),
                *pacs(platform),
                *agents(platform),
                starter("PUBLISH_WORKFLOW_ARN", publish),
                value("STARTS_PER_SECOND", str(STARTS_PER_SECOND)),
                *causes(platform, "Query"),
            ],
        )
        lambda_.EventSourceMapping(
            self,
            "Ticks",
            target=self.function,
            event_source_arn=stateful.ticks.queue.queue_arn,
            batch_size=1,
            max_concurrency=_AT_ONCE,
            report_batch_item_failures=True,
        )
        on_schedule(
            self,
            platform,
            rule="drimbox-waits",
            every=Duration.hours(1),
            description="Where a change waits, something ticks",
        )
