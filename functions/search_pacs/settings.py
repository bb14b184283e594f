"""Settings of search_pacs."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Messages to read, the PACS's circuits, and our access to it."""

    audit_bucket: str
    inbox_bucket: str
    messages_table: str
    circuits_table: str
    probe_seconds: int
    pacs_access_secrets: str
    private_pacs: str
    jobs_table: str
    agent_queues_url: str
    health_table: str
    cache_bucket: str
    traits_secrets: str
    vi_url: str
