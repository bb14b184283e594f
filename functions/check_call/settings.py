"""Settings of check_call."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """The audit trail alone."""

    audit_bucket: str
