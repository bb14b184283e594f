"""Settings of retrieve_study."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Archive, cache and the filling workflow."""

    archive_bucket: str
    cache_bucket: str
    studies_table: str
    audit_bucket: str
    fill_workflow_arn: str
    signed_url_seconds: int
