"""Settings of fill_cache."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Archive, cache and the PACS."""

    archive_bucket: str
    cache_bucket: str
    studies_table: str
    circuits_table: str
    probe_seconds: int
    audit_bucket: str
    trust_anchors_secret: str
