"""POST agents/enrol of ``vi``: a certificate for an operator's one-time code."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import issuing


class EnrolAgent(DrimboxFunction):
    """Changes the register of agents alone."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(
            scope,
            "enrol_agent",
            platform,
            timeout=25,
            uses=issuing(platform, Stack.of(scope)),
        )
