"""Settings of serve_asset."""

from functions.aws.settings import PlatformEnvironment
from functions.drimbox.values import frozen


@frozen
class Settings(PlatformEnvironment):
    """None of its own."""
