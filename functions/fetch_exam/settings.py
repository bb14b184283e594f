"""Settings of fetch_exam."""

from functions.aws.settings import DmpReaderEnvironment
from functions.drimbox.values import frozen


@frozen
class Settings(DmpReaderEnvironment):
    """The opened exams, the other DRIMboxes with our certificate for them, and the function's own
    workflow, for the exam that comes next."""

    readings_bucket: str
    cache_bucket: str
    peers_table: str
    private_peers: str
    peers_client_secret: str
    health_table: str
    fetch_workflow_arn: str
