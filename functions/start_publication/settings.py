"""Settings of start_publication."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Inbox, tables, the secrets that hide the terms, workflow, and the queue that is read."""

    messages_queue_url: str
    inbox_bucket: str
    messages_table: str
    waits_table: str
    studies_table: str
    lookups_table: str
    traits_secrets: str
    publish_workflow_arn: str
    audit_bucket: str
    news_queue_url: str
    operations_table: str
    alarm_topic_arn: str
