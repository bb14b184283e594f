"""Settings of start_publication."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """Inbox, tables, workflow."""

    inbox_bucket: str
    messages_table: str
    studies_table: str
    publish_workflow_arn: str
    audit_bucket: str
