"""Settings of authorize_reader."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """The sessions."""

    sessions_table: str
    session_secrets: str
