"""Settings of publish_manifest."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Archive, tables, keys and the DMP."""

    inbox_bucket: str
    archive_bucket: str
    studies_table: str
    circuits_table: str
    probe_seconds: int
    audit_bucket: str
    structure_secrets: str
    dmp_url: str
    lps_secret: str
    trust_anchors_secret: str
    dmp_algorithms: str
    waits_table: str
    ticks_queue_url: str
