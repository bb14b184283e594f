"""Settings of sweep_inbox."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Inbox, log of messages, their queue, and the table of the last sweeps."""

    inbox_bucket: str
    messages_table: str
    messages_queue_url: str
    operations_table: str
