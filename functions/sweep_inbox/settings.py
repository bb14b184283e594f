"""Settings of sweep_inbox."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Inbox, log of messages, their queue, the table of the last sweeps; the cache, where agents
    put bodies.
    """

    inbox_bucket: str
    messages_table: str
    messages_queue_url: str
    operations_table: str
    cache_bucket: str
