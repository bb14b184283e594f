"""Settings of start_reconciliation."""

from dataclasses import dataclass

from functions.aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings(Environment):
    """The workflow."""

    reconcile_workflow_arn: str
