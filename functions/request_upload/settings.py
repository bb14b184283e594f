"""Settings of request_upload."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Uploads, and the stores that receive them."""

    uploads_bucket: str
    uploads_queue_url: str
    upload_url_seconds: int
    audit_bucket: str
