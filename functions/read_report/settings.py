"""Settings of read_report."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Inbox, archive (the report in force, for an order change) and tables."""

    inbox_bucket: str
    archive_bucket: str
    studies_table: str
    imports_table: str
    messages_table: str
    operations_table: str
    alarm_topic_arn: str
    audit_bucket: str
    waits_table: str
    ticks_queue_url: str
    probe_seconds: int
    news_queue_url: str
