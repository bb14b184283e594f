"""Settings of show_exams."""

from functions.aws.settings import DmpReaderEnvironment
from functions.drimbox.values import frozen


@frozen
class Settings(DmpReaderEnvironment):
    """Where the published studies, and the other DRIMboxes, are known.

    ``viewer_script`` and ``viewer_sheet`` are the names of the built files of the viewer, "-" while
    nothing is built. The buckets of images are known by their names alone: pages read from them.
    """

    studies_table: str
    imports_table: str
    archive_bucket: str
    circuits_table: str
    health_table: str
    peers_table: str
    private_peers: str
    cache_bucket: str
    readings_bucket: str
    viewer_script: str
    viewer_sheet: str
