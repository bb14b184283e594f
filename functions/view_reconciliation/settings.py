"""Settings of view_reconciliation."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """The archive, where the runs are."""

    archive_bucket: str
    audit_bucket: str
