"""Settings of hold_publication."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Tables."""

    studies_table: str
    messages_table: str
    operations_table: str
    alarm_topic_arn: str
    audit_bucket: str
    news_queue_url: str
