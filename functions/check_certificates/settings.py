"""Settings of check_certificates."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """The structures' keys, whom they must come from, and where what is found is kept."""

    structure_secrets: str
    trust_anchors_secret: str
    links_table: str
