"""Settings of refresh_white_list."""

from functions.aws.settings import PlatformEnvironment
from functions.drimbox.values import frozen


@frozen
class Settings(PlatformEnvironment):
    """The list's publisher and signer, the table that keeps it, and the host that it must name."""

    trust_anchors_secret: str
    white_list_url: str
    white_list_revocation_urls: str
    white_list_signer_name: str
    white_list_signer_unit: str
    peers_table: str
    db_url: str
