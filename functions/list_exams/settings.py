"""Settings of list_exams."""

from functions.aws.settings import DmpReaderEnvironment
from functions.drimbox.values import frozen


@frozen
class Settings(DmpReaderEnvironment):
    """Where the other DRIMboxes, and our own images, are known."""

    studies_table: str
    archive_bucket: str
    cache_bucket: str
    circuits_table: str
    health_table: str
    peers_table: str
    private_peers: str
