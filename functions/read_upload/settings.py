"""Settings of read_upload."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Uploads, the queue of looks at them, the stores that receive them, and the queue of news."""

    uploads_queue_url: str
    uploads_bucket: str
    inbox_bucket: str
    lookups_table: str
    messages_queue_url: str
    audit_bucket: str
    news_queue_url: str
