"""Settings of withdraw_publication."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Inbox, table and queue."""

    inbox_bucket: str
    studies_table: str
    messages_queue_url: str
    audit_bucket: str
