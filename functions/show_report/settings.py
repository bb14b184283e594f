"""Settings of show_report."""

from functions.aws.settings import DmpReaderEnvironment
from functions.drimbox.values import frozen


@frozen
class Settings(DmpReaderEnvironment):
    """Where the DMP's last outcome is noted, and where a large report stands while it is read."""

    health_table: str
    readings_bucket: str
    reading_url_seconds: int
