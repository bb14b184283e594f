"""Queue of news: tell the states of messages to the addresses of their sites (decision 0086)."""

from __future__ import annotations

from typing import Final

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.queue import NEWS_TIMEOUT_SECONDS
from infra.shared.uses import (
    CHANGE,
    consumer,
    objects,
    sender,
    table,
    tenant_anchors,
    value,
    webhook_secrets,
)

# Requests on their way at a time. One takes five seconds at most, and the circuit of a receiver
# that does not answer is open after three.
_AT_ONCE: Final = 10


class TellSender(DrimboxFunction):
    """Calls the sites' addresses; reads states and acknowledgements, and changes neither."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful, deployment = platform.stateful, platform.deployment
        tables = stateful.tables
        super().__init__(
            scope,
            "tell_sender",
            platform,
            timeout=NEWS_TIMEOUT_SECONDS,
            audited=False,
            uses=[
                consumer("NEWS_QUEUE_URL", stateful.news.queue),
                sender("NEWS_QUEUE_URL", stateful.news.queue),
                table("NEWS_TABLE", tables.news, *CHANGE, "DeleteItem"),
                objects("INBOX_BUCKET", stateful.buckets.inbox, "get"),
                table("MESSAGES_TABLE", tables.messages, "GetItem"),
                table("STUDIES_TABLE", tables.studies, "GetItem"),
                table("LOOKUPS_TABLE", tables.lookups, "GetItem"),
                table("WAITS_TABLE", tables.waits, "Query"),
                table("CIRCUITS_TABLE", tables.circuits, *CHANGE),
                value("PROBE_SECONDS", str(deployment.probe_seconds)),
                webhook_secrets(platform),
                tenant_anchors(platform),
                # A variable without a value would be a missing one; "-" is no host's name.
                value("PRIVATE_PEERS", deployment.private_peers or "-"),
                value("IN_URL", deployment.in_url),
                value("VI_URL", deployment.vi_url),
            ],
        )
        lambda_.EventSourceMapping(
            self,
            "News",
            target=self.function,
            event_source_arn=stateful.news.queue.queue_arn,
            batch_size=1,
            max_concurrency=_AT_ONCE,
            report_batch_item_failures=True,
        )
