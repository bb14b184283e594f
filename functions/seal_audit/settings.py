"""Settings of seal_audit."""

from functions.aws.settings import PlatformEnvironment
from functions.drimbox.values import frozen


@frozen
class Settings(PlatformEnvironment):
    """The audit's bucket and that of its seals."""

    audit_bucket: str
    seals_bucket: str
