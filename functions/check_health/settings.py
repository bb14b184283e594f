"""Settings of check_health."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """The remembered health, and the access to the PACS."""

    health_table: str
    pacs_access_secrets: str
    private_pacs: str
