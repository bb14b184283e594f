"""Settings of replay_publication."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Tables and queue."""

    messages_table: str
    messages_queue_url: str
    audit_bucket: str
