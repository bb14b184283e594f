"""Queue of fill jobs: fetch one series from the site's PACS into the study cache."""

from __future__ import annotations

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.queue import FILL_TIMEOUT_SECONDS
from infra.shared.uses import (
    CHANGE,
    WRITE,
    causes,
    consumer,
    jobs,
    news,
    objects,
    pacs,
    table,
    value,
)


class FillCache(DrimboxFunction):
    """Spools a series on its own disk, never in memory; a big memory buys processor and network.

    So many at a time, of all tenants together; the tenant is the message group of its jobs, so that
    nobody waits behind another's thousand.
    """

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "fill_cache",
            platform,
            timeout=FILL_TIMEOUT_SECONDS,
            storage=10240,
            uses=[
                objects("ARCHIVE_BUCKET", stateful.buckets.archive, "get", "put"),
                objects(
                    "CACHE_BUCKET",
                    stateful.buckets.cache,
                    *("get", "put", "multipart", "tag", "delete"),
                ),
                # A published series that can never be served is held here, for an operator.
                table("STUDIES_TABLE", stateful.tables.studies, *WRITE),
                table("MESSAGES_TABLE", stateful.tables.messages, *WRITE),
                news(platform),
                *causes(platform),
                *jobs(platform),
                consumer("FILL_JOBS_QUEUE_URL", stateful.fill_jobs.queue),
                table("CIRCUITS_TABLE", stateful.tables.circuits, *CHANGE),
                value("PROBE_SECONDS", str(platform.deployment.probe_seconds)),
                *pacs(platform),
            ],
        )
        lambda_.EventSourceMapping(
            self,
            "Jobs",
            target=self.function,
            event_source_arn=stateful.fill_jobs.queue.queue_arn,
            batch_size=1,
            max_concurrency=platform.deployment.fills_at_once,
            report_batch_item_failures=True,
        )
