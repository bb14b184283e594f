"""Settings of receive_message."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Inbox and queue."""

    inbox_bucket: str
    messages_queue_url: str
    audit_bucket: str
