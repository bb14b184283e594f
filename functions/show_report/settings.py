"""Settings of show_report."""

from functions.aws.settings import DmpReaderEnvironment
from functions.drimbox.values import frozen


@frozen
class Settings(DmpReaderEnvironment):
    """Where the DMP's last outcome is noted."""

    health_table: str
