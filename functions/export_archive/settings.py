"""Settings of export_archive."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """The studies and their archive; the bucket of the exports, and for how many seconds an address
    in it is good."""

    audit_bucket: str
    archive_bucket: str
    studies_table: str
    exports_bucket: str
    export_url_seconds: int
