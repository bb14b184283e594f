"""Settings of tell_sender."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Queue and table of news, the facts that are told, the keys, and how the site is reached."""

    news_queue_url: str
    news_table: str
    inbox_bucket: str
    messages_table: str
    lookups_table: str
    studies_table: str
    waits_table: str
    circuits_table: str
    probe_seconds: int
    webhook_secrets: str
    tenant_anchors_secrets: str
    private_peers: str
    in_url: str
    vi_url: str
