"""Settings of retrieve_study."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Archive, cache, and the jobs that fill it."""

    archive_bucket: str
    cache_bucket: str
    studies_table: str
    audit_bucket: str
    jobs_table: str
    fill_jobs_queue_url: str
    agent_queues_url: str
    signed_url_seconds: int
