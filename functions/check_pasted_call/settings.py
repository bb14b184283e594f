"""Settings of check_pasted_call."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """The audit trail, and the host whose forms are answered."""

    audit_bucket: str
    vi_url: str
