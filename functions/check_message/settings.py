"""Settings of check_message."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """The inbox and the findings on certificates, read-only."""

    inbox_bucket: str
    certificates_table: str
    audit_bucket: str
