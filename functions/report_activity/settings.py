"""Settings of report_activity."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Table."""

    messages_table: str
    audit_bucket: str
