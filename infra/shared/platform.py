"""The common arguments of every function's construct."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns

from infra.shared.alarms import known_topic
from infra.shared.assets import code, dependency_layer
from infra.shared.deployment import Deployment
from infra.shared.stateful import Stateful


@dataclass(frozen=True, slots=True)
class Platform:
    """``alarms`` is where every alarm is announced; ``code`` and ``layer`` serve all functions."""

    deployment: Deployment
    stateful: Stateful
    code: lambda_.Code
    layer: lambda_.LayerVersion
    alarms: sns.ITopic

    @classmethod
    def of(cls, stack: Stack, deployment: Deployment) -> Self:
        """The platform as ``stack`` sees it; a layer version is its own, of the one asset."""
        return cls(
            deployment=deployment,
            stateful=Stateful(stack, deployment),
            code=code(deployment.layers),
            layer=dependency_layer(stack, deployment.layers),
            alarms=known_topic(stack),
        )
