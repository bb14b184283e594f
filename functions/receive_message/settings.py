"""Settings of receive_message."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Inbox and queue."""

    inbox_bucket: str
    lookups_table: str
    messages_queue_url: str
    audit_bucket: str
