"""Settings of reconcile_studies."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Stores, the queue, the DMP, and how many studies are asked about in a second."""

    inbox_bucket: str
    archive_bucket: str
    reconciliations_bucket: str
    studies_table: str
    messages_table: str
    messages_queue_url: str
    circuits_table: str
    probe_seconds: int
    audit_bucket: str
    structure_secrets: str
    dmp_url: str
    dmp_algorithms: str
    lps_secret: str
    trust_anchors_secret: str
    find_study_function: str
    jobs_table: str
    agent_queues_url: str
    health_table: str
    cache_bucket: str
    reconciled_per_second: int
    news_queue_url: str
