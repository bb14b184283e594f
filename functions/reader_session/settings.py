"""Settings of reader_session."""

from functions.aws.settings import ReaderEnvironment
from functions.drimbox.values import frozen


@frozen
class Settings(ReaderEnvironment):
    """Where the last outcome of Pro Santé Connect is noted."""

    health_table: str
    readings_bucket: str
