"""Settings of receive_note."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """The stores of notes, the records that they change, and the queue."""

    inbox_bucket: str
    archive_bucket: str
    cache_bucket: str
    studies_table: str
    messages_queue_url: str
    audit_bucket: str
