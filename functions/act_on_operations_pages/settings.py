"""Settings of act_on_operations_pages."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Inbox, archive, tables and queue."""

    audit_bucket: str
    inbox_bucket: str
    archive_bucket: str
    messages_table: str
    studies_table: str
    operations_table: str
    messages_queue_url: str
    vi_url: str
