"""Settings of fill_cache."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Archive, cache and the PACS; the jobs, their queue, and everything that holds a study."""

    archive_bucket: str
    cache_bucket: str
    studies_table: str
    messages_table: str
    circuits_table: str
    probe_seconds: int
    operations_table: str
    alarm_topic_arn: str
    jobs_table: str
    fill_jobs_queue_url: str
    agent_queues_url: str
    audit_bucket: str
    pacs_access_secrets: str
    private_pacs: str
    news_queue_url: str
