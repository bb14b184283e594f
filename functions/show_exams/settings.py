"""Settings of show_exams."""

from functions.aws.settings import DmpReaderEnvironment
from functions.drimbox.values import frozen


@frozen
class Settings(DmpReaderEnvironment):
    """Where the published studies, and the other DRIMboxes, are known."""

    studies_table: str
    archive_bucket: str
    circuits_table: str
    health_table: str
    peers_table: str
    private_peers: str
