"""Settings of check_health."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """The authorities that the PACS connection trusts."""

    trust_anchors_secret: str
