"""The queues, each with its dead-letter queue."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.shared.names import agent_queue_name, construct_id, dead_letters, queue_name
from infra.shared.retained import retained

CONSUMER_TIMEOUT_SECONDS: Final = 30
UPLOAD_TIMEOUT_SECONDS: Final = 120
FILL_TIMEOUT_SECONDS: Final = 900
TICK_TIMEOUT_SECONDS: Final = 120
NEWS_TIMEOUT_SECONDS: Final = 30
AGENT_LETTERS_TIMEOUT_SECONDS: Final = 30
# Lambda's own rule for an SQS source: at least six times the consumer's timeout.
_TIMES: Final = 6
_KEPT: Final = Duration.days(14)
# The most that SQS takes. Work that fails comes back after a quarter of an hour at most
# (``functions.aws.redelivery``), and after the visibility timeout where no function can even run:
# so the dead letters get it after days, and never because something was away for an hour.
_DELIVERIES: Final = 1000


# An agent prolongs a message while it works on it; after five deliveries its job has failed.
_AGENT_VISIBILITY: Final = Duration.seconds(120)
_AGENT_DELIVERIES: Final = 5


def agent_queue(scope: Construct, tenant: str, key: kms.IKey, letters: sqs.IQueue) -> sqs.Queue:
    """The queue that the agents of one tenant listen to, under the tenant's own ``key``. A message
    that no agent treats goes to ``letters``, where a function ends its job.
    """
    return retained(
        sqs.Queue(
            scope,
            "AgentQueue",
            queue_name=agent_queue_name(tenant),
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=_KEPT,
            visibility_timeout=_AGENT_VISIBILITY,
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=letters, max_receive_count=_AGENT_DELIVERIES
            ),
        )
    )


class MessageQueue(Construct):
    """``queue`` and its ``dead_letters``; each keeps a message for 14 days from its arrival.

    ``consumer_timeout`` in seconds.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        key: kms.IKey,
        consumer_timeout: int,
    ) -> None:
        super().__init__(scope, f"{construct_id(name)}Queue")
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            queue_name=dead_letters(name),
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=_KEPT,
        )
        retained(self.dead_letters)
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=queue_name(name),
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=_KEPT,
            visibility_timeout=Duration.seconds(_TIMES * consumer_timeout),
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=_DELIVERIES
            ),
        )
        retained(self.queue)
