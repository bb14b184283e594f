"""Settings of settle_publication."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Archive, image cache and tables."""

    archive_bucket: str
    cache_bucket: str
    studies_table: str
    messages_table: str
    operations_table: str
    alarm_topic_arn: str
    audit_bucket: str
