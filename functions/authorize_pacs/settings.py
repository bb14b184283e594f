"""Settings of authorize_pacs."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Where the credentials of the tenants' PACS are."""

    pacs_secrets: str
