"""Settings of receive_note."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Where notes are kept, what they put in force, and the queue."""

    inbox_bucket: str
    archive_bucket: str
    cache_bucket: str
    studies_table: str
    messages_queue_url: str
    audit_bucket: str
