"""Settings of check_certificates."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """The structures' keys, their trusted authorities, and the table of findings."""

    structure_secrets: str
    trust_anchors_secret: str
    certificates_table: str
