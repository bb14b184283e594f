"""Settings of view_publication."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Inbox, archive and tables."""

    inbox_bucket: str
    archive_bucket: str
    messages_table: str
    studies_table: str
    audit_bucket: str
