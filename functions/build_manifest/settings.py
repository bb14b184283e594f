"""Settings of build_manifest."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Archive, tables, the structures' keys and the host that manifests name."""

    inbox_bucket: str
    archive_bucket: str
    studies_table: str
    audit_bucket: str
    db_url: str
    structure_secrets: str
    trust_anchors_secret: str
    dmp_algorithms: str
    waits_table: str
    ticks_queue_url: str
    probe_seconds: int
