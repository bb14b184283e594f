"""Settings of open_file."""

from functions.aws.settings import ReaderEnvironment
from functions.drimbox.values import frozen


@frozen
class Settings(ReaderEnvironment):
    """Sessions, and the structures' authorities; neither the DMP nor any image is asked for."""
