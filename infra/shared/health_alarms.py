"""Alarms on resources that belong to no single workflow or host."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.shared.alarms import alarm
from infra.shared.platform import Platform

# The counters of our own functions, of all tenants together (``functions.aws.metrics``).
NAMESPACE: Final = "DRIMbox"
OWN: Final = {
    "AbsentImages": "Many requests name a manifest that is not in force: does somebody guess?",
    "IdentityContradictions": "A report contradicts what is known of its patient's identity",
    "LateAuditRecords": "A record of the audit appeared on a day that was sealed: verify the audit",
    "InternalFailures": "A function met a fault of ours: see its log",
    "ReconciliationDifferences": "Records, PACS and DMP differ, and a human must look",
    "UntoldNews": "A site's own address has not taken the news of a message for three days",
    "RequeuedMessages": "A sweep queued an accepted message again: see the runbook queues.md",
    "ControlIdReused": "A sender used one message control id (MSH-10) for two messages",
    "IncomingBodies": "The agents of a site put more than a terabyte within a day: see queues.md",
    "InstanceUidReused": "A PACS used one SOP Instance UID for two rejection notes",
    "UnreadReferences": "A rejection note names objects by identifiers that cannot be read",
}

REFRESH: Final = "refresh-white-list"
AGE: Final = "WhiteListAgeHours"
# Metric -> its meaning, and the highest value that is no sign. A list is due after 12 hours.
WHITE_LIST: Final = {
    AGE: (
        (
            "No national white list was verified for a day; after three, no DRIMbox is trusted: "
            f"see the log of {REFRESH}"
        ),
        24,
    ),
    "WhiteListRefused": (
        (
            "A national white list came that must not be taken; the last good one stays: the log "
            f"of {REFRESH} has the code"
        ),
        0,
    ),
    "WhiteListLacksUs": (
        "The national white list does not name our db host: other DRIMboxes will not ask it",
        0,
    ),
}

REVOCATIONS: Final = "refresh-revocations"
STALE: Final = "StaleRevocationLists"
REVOCATION_LISTS: Final = {
    STALE: (
        (
            "An authority of senders has no revocation list in force, or nobody looks: its last "
            f"good one serves, see the log of {REVOCATIONS}"
        ),
        0,
    ),
    "RevocationListRefused": (
        (
            "A revocation list came that must not be taken; the last good one stays: the log of "
            f"{REVOCATIONS} says why"
        ),
        0,
    ),
}

# Counts within five minutes that are no sign yet; a single one of the others is. A viewer with a
# stale manifest asks for each series of its study.
HARMLESS: Final = {"AbsentImages": 100}

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
        topic = platform.alarms
        stateful = platform.stateful
        for queues, prefix, dead, old, seconds in (
            (
                stateful.messages,
                "",
                "A message could not be treated for days: see the runbook queues.md",
                "An accepted message has waited for more than 15 minutes",
                900,
            ),
            (
                stateful.uploads,
                "Upload",
                "An upload could not be treated for days: it waits in the dead-letter queue",
                "An upload has waited for half an hour after the moment to look at it",
                2700,
            ),
            (
                stateful.fill_jobs,
                "FillJob",
                "A job could not be treated for days: it waits in the dead-letter queue",
                "A series has waited for more than 100 minutes to be cached",
                # A killed worker's message stays for 90 minutes, also when another did its job.
                6000,
            ),
            (
                stateful.ticks,
                "Tick",
                "A tick could not be treated: the sweep of each hour begins the tenant's next one",
                "Changes that wait are looked at a quarter of an hour late",
                1800,
            ),
            (
                stateful.news,
                "News",
                "The news of a message could not be treated for days",
                "A site's own address has not taken the news of a message for six hours",
                21600,
            ),
            (
                stateful.agent_letters,
                "AgentLetter",
                "A job that no agent could do was not ended for days",
                "A job that no agent could do waits for its end for half an hour",
                1800,
            ),
        ):
            alarm(
                self,
                f"{prefix}DeadLetters",
                dead,
                queues.dead_letters.metric_approximate_number_of_messages_visible(
                    period=Duration.minutes(1), statistic="Maximum"
                ),
                topic,
            )
            alarm(
                self,
                f"{prefix}QueueAge",
                old,
                queues.queue.metric_approximate_age_of_oldest_message(
                    period=Duration.minutes(5), statistic="Maximum"
                ),
                topic,
                threshold=seconds,
            )
        alarm(
            self,
            "CertificatesEnd",
            "A structure's certificate ends within 60 days, or cannot serve: see the log of "
            "check-certificates for which",
            cloudwatch.Metric(
                namespace=NAMESPACE,
                metric_name="CertificateDaysLeft",
                # Each tenant is judged once an hour.
                period=Duration.hours(2),
                statistic="Minimum",
            ),
            topic,
            threshold=60,
            below=True,
        )
        alarm(
            self,
            "AuditNotSealed",
            "No seal covers the audit of the last 36 hours, or the sealing does not run: see the "
            "log of seal-audit",
            cloudwatch.Metric(
                namespace=NAMESPACE,
                metric_name="HoursSinceSealedDay",
                # The function runs every hour: no missing run, and no period without one.
                period=Duration.hours(3),
                statistic="Maximum",
            ),
            topic,
            threshold=36,
            silence_is_fine=False,
        )
        self._white_list(topic)
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
        alarm(
            self,
            "RefusedCallers",
            "Strangers are refused more than 1000 times in five minutes: the logs of the "
            "authorizers and of operator-session have tenant, route and code of each",
            cloudwatch.Metric(
                namespace=NAMESPACE,
                metric_name="RefusedCallers",
                period=Duration.minutes(5),
                statistic="Sum",
            ),
            topic,
            threshold=1000,
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
                threshold=HARMLESS.get(name, 0),
            )

    def _white_list(self, topic: sns.ITopic) -> None:
        """Each look, once an hour, says all three; the period holds two looks."""
        for name, (meaning, threshold) in {**WHITE_LIST, **REVOCATION_LISTS}.items():
            alarm(
                self,
                name,
                meaning,
                cloudwatch.Metric(
                    namespace=NAMESPACE,
                    metric_name=name,
                    period=Duration.hours(2),
                    statistic="Maximum",
                ),
                topic,
                threshold=threshold,
                silence_is_fine=name not in {AGE, STALE},
            )
