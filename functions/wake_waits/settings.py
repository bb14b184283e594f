"""Settings of wake_waits."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Waits and their queue, circuits and records to look at, PACS, workflow, and alerts."""

    waits_table: str
    ticks_queue_url: str
    circuits_table: str
    probe_seconds: int
    studies_table: str
    pacs_access_secrets: str
    private_pacs: str
    jobs_table: str
    agent_queues_url: str
    health_table: str
    publish_workflow_arn: str
    starts_per_second: int
    operations_table: str
    alarm_topic_arn: str
