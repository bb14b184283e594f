"""Settings of find_study."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """The access to the PACS."""

    pacs_access_secrets: str
    private_pacs: str
