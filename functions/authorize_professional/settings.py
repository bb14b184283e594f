"""Settings of authorize_professional."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Pro Santé Connect and the audit trail."""

    audit_bucket: str
    psc_issuer: str
    psc_introspection_url: str
    psc_client_id: str
    psc_client_secret: str
    trust_anchors_secret: str
