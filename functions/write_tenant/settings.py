"""Settings of write_tenant."""

from functions.aws.settings import PlatformEnvironment
from functions.drimbox.values import frozen


@frozen
class Settings(PlatformEnvironment):
    """The table of the tenants' files."""

    tenants_table: str
