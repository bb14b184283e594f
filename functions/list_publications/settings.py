"""Settings of list_publications."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Tables."""

    messages_table: str
    studies_table: str
    operations_table: str
    audit_bucket: str
