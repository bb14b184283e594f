"""Settings of close_operator_session."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """The sessions."""

    audit_bucket: str
    sessions_table: str
    vi_url: str
