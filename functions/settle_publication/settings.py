"""Settings of settle_publication."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Archive, image cache, tables, and the jobs that fill the cache."""

    archive_bucket: str
    cache_bucket: str
    studies_table: str
    messages_table: str
    operations_table: str
    alarm_topic_arn: str
    jobs_table: str
    fill_jobs_queue_url: str
    agent_queues_url: str
    audit_bucket: str
    news_queue_url: str
