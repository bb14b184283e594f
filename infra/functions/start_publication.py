"""Queue of accepted messages: one execution of the publish workflow per message and study."""

from __future__ import annotations

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.queue import CONSUMER_TIMEOUT_SECONDS
from infra.shared.uses import WRITE, causes, consumer, news, objects, starter, table, traits_secrets


class StartPublication(DrimboxFunction):
    """One bad message of a batch comes back alone."""

    def __init__(self, scope: Construct, platform: Platform, publish: sfn.StateMachine) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "start_publication",
            platform,
            timeout=CONSUMER_TIMEOUT_SECONDS,
            uses=[
                objects("INBOX_BUCKET", stateful.buckets.inbox, "get"),
                table("MESSAGES_TABLE", stateful.tables.messages, *WRITE),
                news(platform),
                *causes(platform),
                table("WAITS_TABLE", stateful.tables.waits, "Query"),
                table("STUDIES_TABLE", stateful.tables.studies, "GetItem"),
                table("LOOKUPS_TABLE", stateful.tables.lookups, "BatchWriteItem"),
                traits_secrets(platform),
                starter("PUBLISH_WORKFLOW_ARN", publish),
                consumer("MESSAGES_QUEUE_URL", stateful.messages.queue),
            ],
        )
        lambda_.EventSourceMapping(
            self,
            "Messages",
            target=self.function,
            event_source_arn=stateful.messages.queue.queue_arn,
            batch_size=10,
            max_concurrency=10,
            report_batch_item_failures=True,
        )
