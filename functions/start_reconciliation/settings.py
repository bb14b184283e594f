"""Settings of start_reconciliation."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """The workflow."""

    reconcile_workflow_arn: str
