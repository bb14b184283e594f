"""Settings of check_message."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """The inbox, to be read only."""

    inbox_bucket: str
    audit_bucket: str
