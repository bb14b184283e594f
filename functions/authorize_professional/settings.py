"""Settings of authorize_professional."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Pro Santé Connect; the white list, and the demand on the certificates of other DRIMboxes."""

    psc_issuer: str
    psc_introspection_url: str
    psc_client_id: str
    psc_client_secret: str
    trust_anchors_secret: str
    peers_table: str
    peer_certificates: str
