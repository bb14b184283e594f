"""Settings of follow_message."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Inbox and tables, and where the operators' pages are."""

    inbox_bucket: str
    messages_table: str
    lookups_table: str
    waits_table: str
    studies_table: str
    vi_url: str
