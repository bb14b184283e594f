"""Settings of fetch_exam."""

from functions.aws.settings import DmpReaderEnvironment
from functions.drimbox.values import frozen


@frozen
class Settings(DmpReaderEnvironment):
    """The opened exams, and the other DRIMboxes with our certificate for them."""

    readings_bucket: str
    cache_bucket: str
    peers_table: str
    private_peers: str
    peers_client_secret: str
    health_table: str
