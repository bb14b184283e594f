"""POST agents/renew of ``in``: a new certificate for the one that an agent shows."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import issuing


class RenewAgent(DrimboxFunction):
    """Changes the register of agents alone."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(
            scope,
            "renew_agent",
            platform,
            timeout=25,
            uses=issuing(platform, Stack.of(scope)),
        )
