"""Settings of refresh_revocations."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """The addresses of the lists, the authorities of the tenants' programs, the kept lists.

    ``sender_revocation_urls`` are separated by spaces; ``-`` stands for none.
    """

    trust_anchors_secret: str
    tenant_anchors_secrets: str
    revocations_bucket: str
    sender_revocation_urls: str
