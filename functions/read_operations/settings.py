"""Settings of read_operations."""

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
