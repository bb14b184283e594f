"""Settings of show_operations."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Tables."""

    audit_bucket: str
    messages_table: str
