"""Settings of mend_publication."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Inbox and tables."""

    inbox_bucket: str
    messages_table: str
    studies_table: str
    audit_bucket: str
