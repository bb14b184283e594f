"""Settings of authorize_pacs."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Where the credentials of the tenants' PACS are, and the audit."""

    audit_bucket: str
    pacs_secrets: str
