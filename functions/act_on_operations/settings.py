"""Settings of act_on_operations."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Inbox, tables and queue."""

    audit_bucket: str
    inbox_bucket: str
    messages_table: str
    studies_table: str
    operations_table: str
    messages_queue_url: str
