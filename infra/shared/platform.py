"""What every function's construct is given."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns

from infra.shared.deployment import Deployment
from infra.stacks.stateful import StatefulStack


@dataclass(frozen=True, slots=True)
class Platform:
    """``alarms`` is where every alarm is announced; ``code`` and ``layer`` serve all functions."""

    deployment: Deployment
    stateful: StatefulStack
    code: lambda_.Code
    layer: lambda_.LayerVersion
    alarms: sns.Topic
