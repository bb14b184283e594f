"""Settings of open_exam."""

from functions.aws.settings import DmpReaderEnvironment
from functions.drimbox.values import frozen


@frozen
class Settings(DmpReaderEnvironment):
    """Our own images, the opened exams of other sites, and the workflow that fetches them.

    Signed addresses are good for ``signed_url_seconds`` in the cache, for ``reading_url_seconds``
    in the bucket of opened exams.
    """

    studies_table: str
    archive_bucket: str
    cache_bucket: str
    jobs_table: str
    fill_jobs_queue_url: str
    agent_queues_url: str
    signed_url_seconds: int
    readings_bucket: str
    reading_url_seconds: int
    fetch_workflow_arn: str
    health_table: str
