"""Settings of prepare_series."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Archive, studies, the jobs and their queue."""

    archive_bucket: str
    studies_table: str
    jobs_table: str
    fill_jobs_queue_url: str
    agent_queues_url: str
    waits_table: str
    ticks_queue_url: str
    probe_seconds: int
