"""Settings of authorize_sender."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Audit trail, the authorities of the tenant's programs, and the certificates that these took
    back. ``sender_revocation`` is one of ``identity.revoked.Revocation``."""

    audit_bucket: str
    tenant_anchors_secrets: str
    revocations_bucket: str
    sender_revocation: str
