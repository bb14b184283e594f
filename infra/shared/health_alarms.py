"""Alarms on resources that belong to no single workflow or host."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.shared.alarms import alarm
from infra.shared.platform import Platform

# The counters of our own functions, of all tenants together (``functions.aws.metrics``).
NAMESPACE: Final = "DRIMbox"
OWN: Final = {
    "IdentityContradictions": "A report contradicts what is known of its patient's identity",
    "InternalFailures": "A function met a fault of ours: see its log",
    "ReconciliationDifferences": "Records, PACS and DMP differ, and a human must look",
    "ControlIdReused": "A sender used one message control id (MSH-10) for two messages",
    "InstanceUidReused": "A PACS used one SOP Instance UID for two rejection notes",
}


# Metric math takes ten metrics; a query takes every function of the account and region, and the
# alarm names those that are throttled.
THROTTLED: Final = (
    'SELECT SUM(Throttles) FROM SCHEMA("AWS/Lambda", FunctionName) '
    "GROUP BY FunctionName ORDER BY SUM() DESC"
)


class HealthAlarms(Construct):
    """Untreatable messages, waiting messages, throttled functions, and the functions' counts."""

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
        uploads = platform.stateful.uploads
        alarm(
            self,
            "UploadDeadLetters",
            "An upload could not be treated: it waits in the dead-letter queue",
            uploads.dead_letters.metric_approximate_number_of_messages_visible(
                period=Duration.minutes(1), statistic="Maximum"
            ),
            topic,
        )
        alarm(
            self,
            "UploadQueueAge",
            "An upload has waited for half an hour after the moment to look at it",
            uploads.queue.metric_approximate_age_of_oldest_message(
                period=Duration.minutes(5), statistic="Maximum"
            ),
            topic,
            threshold=2700,
        )
        alarm(
            self,
            "CertificatesEnd",
            "A structure's certificate ends within 60 days, or cannot serve: see the log of "
            "check-certificates for which",
            cloudwatch.Metric(
                namespace=NAMESPACE,
                metric_name="CertificateDaysLeft",
                period=Duration.minutes(30),
                statistic="Minimum",
            ),
            topic,
            threshold=60,
            below=True,
        )
        # Errors is no sign: steps raise to make the workflow wait, authorizers to refuse. The
        # functions count their own faults (InternalFailures).
        alarm(
            self,
            "Throttled",
            "A function is throttled: the alarm's contributors name it",
            cloudwatch.MathExpression(
                expression=THROTTLED, using_metrics={}, period=Duration.minutes(5)
            ),
            topic,
        )
        for name, meaning in OWN.items():
            alarm(
                self,
                name,
                meaning,
                cloudwatch.Metric(
                    namespace=NAMESPACE,
                    metric_name=name,
                    period=Duration.minutes(5),
                    statistic="Sum",
                ),
                topic,
            )
