"""The queue of accepted messages, and where a message goes that nothing could be done with."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

CONSUMER_TIMEOUT_SECONDS: Final = 30
UPLOAD_TIMEOUT_SECONDS: Final = 120
# Lambda's own rule for an SQS source: at least six times the consumer's timeout.
_TIMES: Final = 6
_KEPT: Final = Duration.days(14)
_DELIVERIES: Final = 5


class MessageQueue(Construct):
    """``queue`` and its ``dead_letters``; each keeps a message for 14 days.

    ``consumer_timeout`` in seconds.
    """

    def __init__(
        self,
        scope: Construct,
        key: kms.IKey,
        name: str = "MessageQueue",
        consumer_timeout: int = CONSUMER_TIMEOUT_SECONDS,
    ) -> None:
        super().__init__(scope, name)
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=_KEPT,
            removal_policy=RemovalPolicy.RETAIN,
        )
        self.queue = sqs.Queue(
            self,
            "Messages",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=_KEPT,
            visibility_timeout=Duration.seconds(_TIMES * consumer_timeout),
            removal_policy=RemovalPolicy.RETAIN,
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=_DELIVERIES
            ),
        )
