"""An alert when somebody takes a key away: without its key, encrypted data are lost for good."""

from __future__ import annotations

from typing import Final

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from constructs import Construct

# KMS deletes a key seven days at least after the call, and the call can be taken back until then.
LOSING_A_KEY: Final = (
    "ScheduleKeyDeletion",
    "DisableKey",
    "DeleteAlias",
    "UpdateAlias",
    "DeleteImportedKeyMaterial",
)


def key_alarm(scope: Construct, topic: sns.ITopic) -> None:
    """Announce each such call of the account and region; CloudTrail must have a trail."""
    rule = events.Rule(
        scope,
        "KeysTakenAway",
        rule_name="drimbox-keys-taken-away",
        description="Somebody schedules a key's deletion, disables it or moves its alias",
        event_pattern=events.EventPattern(
            source=["aws.kms"],
            detail_type=["AWS API Call via CloudTrail"],
            detail={"eventSource": ["kms.amazonaws.com"], "eventName": list(LOSING_A_KEY)},
        ),
    )
    # Names, no data: the event's own text goes on.
    rule.add_target(targets.SnsTopic(topic))
