"""Settings of check_health."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """The remembered health, and the authorities that the PACS connection trusts."""

    health_table: str
    tenant_anchors_secrets: str
    private_pacs: str
