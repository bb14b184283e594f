"""Settings of store_exam."""

from functions.aws.settings import ReaderEnvironment
from functions.drimbox.values import frozen


@frozen
class Settings(ReaderEnvironment):
    """The opened exams, the studies that are known here, and the way to the PACS, also through the
    agents at the sites.
    """

    readings_bucket: str
    studies_table: str
    imports_table: str
    circuits_table: str
    probe_seconds: int
    pacs_access_secrets: str
    private_pacs: str
    jobs_table: str
    agent_queues_url: str
    health_table: str
    cache_bucket: str
