"""Settings of index_study."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Inbox, archive, tables, the tenants' secrets, the access to the PACS, and the agents at the
    sites.
    """

    inbox_bucket: str
    archive_bucket: str
    studies_table: str
    imports_table: str
    circuits_table: str
    probe_seconds: int
    messages_table: str
    operations_table: str
    alarm_topic_arn: str
    patients_table: str
    traits_secrets: str
    audit_bucket: str
    pacs_access_secrets: str
    private_pacs: str
    jobs_table: str
    agent_queues_url: str
    health_table: str
    cache_bucket: str
    waits_table: str
    ticks_queue_url: str
    news_queue_url: str
