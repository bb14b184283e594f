"""Settings of authorize_professional."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Pro Santé Connect."""

    psc_issuer: str
    psc_introspection_url: str
    psc_client_id: str
    psc_client_secret: str
    trust_anchors_secret: str
