"""Settings of index_study."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Inbox, archive, tables, the tenants' secrets, and the authorities that the PACS connection
    trusts.
    """

    inbox_bucket: str
    archive_bucket: str
    studies_table: str
    imports_table: str
    circuits_table: str
    probe_seconds: int
    messages_table: str
    operations_table: str
    alarm_topic_arn: str
    patients_table: str
    traits_secrets: str
    audit_bucket: str
    tenant_anchors_secrets: str
    private_pacs: str
    waits_table: str
    ticks_queue_url: str
    news_queue_url: str
