"""Settings of search_pacs."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Messages to read, the PACS's circuits, and the authorities that its connection trusts."""

    audit_bucket: str
    inbox_bucket: str
    messages_table: str
    circuits_table: str
    probe_seconds: int
    tenant_anchors_secrets: str
    private_pacs: str
    jobs_table: str
    agent_queues_url: str
    health_table: str
    cache_bucket: str
    traits_secrets: str
    vi_url: str
