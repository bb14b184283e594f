"""Settings of check_certificates."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """The structures' keys, their trusted authorities, and the table of findings."""

    structure_secrets: str
    trust_anchors_secret: str
    certificates_table: str
