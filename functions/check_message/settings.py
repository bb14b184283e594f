"""Settings of check_message."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """The inbox, the uploads, the studies and the findings on certificates, read-only."""

    uploads_bucket: str
    inbox_bucket: str
    studies_table: str
    certificates_table: str
    audit_bucket: str
