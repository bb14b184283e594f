"""Settings of show_operations_pages."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Inbox, archive, tables, the secrets of the known patients, and the white list's signer."""

    audit_bucket: str
    inbox_bucket: str
    archive_bucket: str
    messages_table: str
    waits_table: str
    studies_table: str
    imports_table: str
    operations_table: str
    patients_table: str
    traits_secrets: str
    lookups_table: str
    circuits_table: str
    health_table: str
    peers_table: str
    certificates_table: str
    news_table: str
    white_list_signer_name: str
    white_list_signer_unit: str
    agents_table: str
    vi_url: str
