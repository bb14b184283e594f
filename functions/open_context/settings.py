"""Settings of open_context."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """The table that keeps the contexts, and the secrets that seal them."""

    sessions_table: str
    session_secrets: str
