"""Settings of authorize_operator."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """The sessions."""

    sessions_table: str
    session_secrets: str
