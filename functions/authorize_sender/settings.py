"""Settings of authorize_sender."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Audit trail, the authorities of the tenant's programs, the certificates that these took back,
    and the agents with a certificate of our own authority. ``sender_revocation`` is one of
    ``identity.revoked.Revocation``.
    """

    audit_bucket: str
    tenant_anchors_secrets: str
    revocations_bucket: str
    sender_revocation: str
    agents_table: str
    agent_authority_secret: str
