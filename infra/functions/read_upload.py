"""Queue of uploads: receive those whose sender did not come back."""

from __future__ import annotations

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.queue import UPLOAD_TIMEOUT_SECONDS
from infra.shared.uses import consumer, objects, sender, table


class ReadUpload(DrimboxFunction):
    """One at a time: each may need the whole memory."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "read_upload",
            platform,
            timeout=UPLOAD_TIMEOUT_SECONDS,
            memory=3008,
            uses=[
                objects("UPLOADS_BUCKET", stateful.buckets.uploads, "get", "put"),
                objects("INBOX_BUCKET", stateful.buckets.inbox, "get", "put"),
                table("LOOKUPS_TABLE", stateful.tables.lookups, "UpdateItem"),
                sender("MESSAGES_QUEUE_URL", stateful.messages.queue),
                consumer("UPLOADS_QUEUE_URL", stateful.uploads.queue),
                sender("NEWS_QUEUE_URL", stateful.news.queue),
            ],
        )
        lambda_.EventSourceMapping(
            self,
            "Uploads",
            target=self.function,
            event_source_arn=stateful.uploads.queue.queue_arn,
            batch_size=1,
            max_concurrency=2,
            report_batch_item_failures=True,
        )
