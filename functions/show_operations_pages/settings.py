"""Settings of show_operations_pages."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Inbox, archive and tables."""

    audit_bucket: str
    inbox_bucket: str
    archive_bucket: str
    messages_table: str
    studies_table: str
    operations_table: str
