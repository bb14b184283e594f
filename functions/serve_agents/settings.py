"""Settings of serve_agents."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Jobs and their queues, the last words of agents, the place of their answers, the manifests
    whose series they bring, the imports on their way to them, the counts of their requests, the
    role that is lent to them, and the queue of the ticks.
    """

    audit_bucket: str
    jobs_table: str
    health_table: str
    studies_table: str
    archive_bucket: str
    cache_bucket: str
    readings_bucket: str
    traits_secrets: str
    fill_jobs_queue_url: str
    ticks_queue_url: str
    agent_queues_url: str
    agents_table: str
    agent_role_arn: str
