"""Settings of check_pasted_message."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """The inbox and the findings on certificates, read-only."""

    inbox_bucket: str
    certificates_table: str
    audit_bucket: str
    vi_url: str
