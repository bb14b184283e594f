"""Queue of the messages that no agent could treat: their jobs have failed."""

from __future__ import annotations

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.queue import AGENT_LETTERS_TIMEOUT_SECONDS
from infra.shared.uses import consumer, jobs, sender, tenant_letters


class FailJobs(DrimboxFunction):
    """Ends jobs, and wakes the changes that wait for them; it reads nothing of them."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "fail_jobs",
            platform,
            timeout=AGENT_LETTERS_TIMEOUT_SECONDS,
            audited=False,
            uses=[
                *jobs(platform),
                sender("TICKS_QUEUE_URL", stateful.ticks.queue),
                consumer("AGENT_LETTERS_QUEUE_URL", stateful.agent_letters.queue),
                tenant_letters(platform),
            ],
        )
        lambda_.EventSourceMapping(
            self,
            "Letters",
            target=self.function,
            event_source_arn=stateful.agent_letters.queue.queue_arn,
            batch_size=10,
            max_concurrency=2,
            report_batch_item_failures=True,
        )
