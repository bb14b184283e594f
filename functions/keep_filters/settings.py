"""Settings of keep_filters."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Table."""

    operations_table: str
    audit_bucket: str
