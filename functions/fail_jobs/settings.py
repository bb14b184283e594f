"""Settings of fail_jobs."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """The jobs, the queue of those that no agent could do, and the queue of the ticks."""

    agent_letters_queue_url: str
    jobs_table: str
    fill_jobs_queue_url: str
    agent_queues_url: str
    ticks_queue_url: str
