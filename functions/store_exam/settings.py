"""Settings of store_exam."""

from functions.aws.settings import ReaderEnvironment
from functions.drimbox.values import frozen


@frozen
class Settings(ReaderEnvironment):
    """The opened exams, the studies that are known here, and the way to the PACS."""

    readings_bucket: str
    studies_table: str
    imports_table: str
    circuits_table: str
    probe_seconds: int
    tenant_anchors_secrets: str
    private_pacs: str
