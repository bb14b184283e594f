"""Settings of hold_publication."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Tables."""

    studies_table: str
    messages_table: str
    operations_table: str
    alarm_topic_arn: str
    audit_bucket: str
