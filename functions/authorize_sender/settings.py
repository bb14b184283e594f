"""Settings of authorize_sender."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Audit trail."""

    audit_bucket: str
