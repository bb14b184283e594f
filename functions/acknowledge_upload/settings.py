"""Settings of acknowledge_upload."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Uploads, and the stores that receive them."""

    uploads_bucket: str
    inbox_bucket: str
    messages_queue_url: str
    audit_bucket: str
