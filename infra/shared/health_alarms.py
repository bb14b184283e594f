"""Alarms on what belongs to no single function, workflow or host."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.shared.alarms import alarm
from infra.shared.function import SERVICE
from infra.shared.platform import Platform

# The embedded metrics of our own functions: no dimension names a patient or a study.
NAMESPACE: Final = "DRIMbox"
HELD: Final = "HeldPublications"
CERTIFICATE_DAYS: Final = "CertificateDaysLeft"


class HealthAlarms(Construct):
    """Messages nobody could treat, messages that wait, publications held, certificates ending."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(scope, "HealthAlarms")
        messages, topic = platform.stateful.messages, platform.alarms
        alarm(
            self,
            "DeadLetters",
            "A message could not be treated: it waits in the dead-letter queue",
            messages.dead_letters.metric_approximate_number_of_messages_visible(
                period=Duration.minutes(1), statistic="Maximum"
            ),
            topic,
        )
        alarm(
            self,
            "QueueAge",
            "An accepted message has waited for more than 15 minutes",
            messages.queue.metric_approximate_age_of_oldest_message(
                period=Duration.minutes(5), statistic="Maximum"
            ),
            topic,
            threshold=900,
        )
        alarm(
            self,
            "Held",
            "A publication is held: it needs a human",
            _own(HELD, "Sum"),
            topic,
        )
        for days in (30, 7):
            alarm(
                self,
                f"CertificateEndsIn{days}Days",
                f"A certificate ends in less than {days} days",
                _own(CERTIFICATE_DAYS, "Minimum"),
                topic,
                threshold=days,
                below=True,
            )


def _own(name: str, statistic: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"service": SERVICE},
        period=Duration.minutes(5),
        statistic=statistic,
    )
