"""Every half hour: accepted messages whose turn never came are queued again (decision 0082)."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import CHANGE, all_tenant_files, listing, sender, table


class SweepInbox(DrimboxFunction):
    """Sees the names of messages and never their content; it writes no audit record."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "sweep_inbox",
            platform,
            timeout=900,
            audited=False,
            uses=[
                all_tenant_files(platform.stateful.tables.tenants),
                listing("INBOX_BUCKET", stateful.buckets.inbox),
                table("MESSAGES_TABLE", stateful.tables.messages, "GetItem"),
                table("OPERATIONS_TABLE", stateful.tables.operations, *CHANGE),
                sender("MESSAGES_QUEUE_URL", stateful.messages.queue),
            ],
        )
        events.Rule(
            self,
            "HalfHourly",
            rule_name="drimbox-sweep-inbox",
            description="Each message of the inbox has its turn",
            schedule=events.Schedule.rate(Duration.minutes(30)),
            targets=[targets.LambdaFunction(self.function)],
        )
