"""Alarms, all announced in one place."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.shared.names import ALARM_TOPIC


def alarm_topic(scope: Construct, key: kms.IKey, email: str) -> sns.Topic:
    """The topic of every alarm; ``email`` may be empty."""
    topic = sns.Topic(scope, "Alarms", topic_name=ALARM_TOPIC, master_key=key, enforce_ssl=True)
    # A policy of its own replaces SNS's default one: without this, no alarm may be announced.
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            sid="AlarmsOfThisAccount",
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
        )
    )
    if email:
        topic.add_subscription(subscriptions.EmailSubscription(email))
    return topic


def known_topic(stack: Stack) -> sns.ITopic:
    """The same topic, for the alarms and functions of ``stack``."""
    arn = stack.format_arn(service="sns", resource=ALARM_TOPIC)
    return sns.Topic.from_topic_arn(stack, "KnownAlarms", arn)


def alarm(
    scope: Construct,
    construct_id: str,
    meaning: str,
    metric: cloudwatch.IMetric,
    topic: sns.ITopic,
    *,
    threshold: float = 0,
    below: bool = False,
    periods: int = 1,
    silence_is_fine: bool = True,
) -> cloudwatch.Alarm:
    """Announce, and announce the end of, ``metric`` above ``threshold`` (or below it).

    The hosting company's staff reads ``meaning``. A metric without data raises no alarm, unless its
    silence is not fine.
    """
    missing = cloudwatch.TreatMissingData
    operator = cloudwatch.ComparisonOperator
    made = cloudwatch.Alarm(
        scope,
        construct_id,
        alarm_description=meaning,
        metric=metric,
        threshold=threshold,
        comparison_operator=(
            operator.LESS_THAN_THRESHOLD if below else operator.GREATER_THAN_THRESHOLD
        ),
        evaluation_periods=periods,
        treat_missing_data=missing.NOT_BREACHING if silence_is_fine else missing.BREACHING,
    )
    made.add_alarm_action(actions.SnsAction(topic))
    made.add_ok_action(actions.SnsAction(topic))
    return made
