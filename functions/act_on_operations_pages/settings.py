"""Settings of act_on_operations_pages."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Inbox, archive, exports, tables, the secrets of the known patients, queue, and the agents."""

    audit_bucket: str
    inbox_bucket: str
    archive_bucket: str
    exports_bucket: str
    export_url_seconds: int
    messages_table: str
    waits_table: str
    studies_table: str
    imports_table: str
    operations_table: str
    patients_table: str
    traits_secrets: str
    messages_queue_url: str
    agents_table: str
    health_table: str
    vi_url: str
