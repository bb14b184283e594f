"""GET of a tenant's base on ``db``: the national probes' health check, without a token."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.secrets import TRUST_ANCHORS
from infra.shared.uses import platform_secret


class CheckHealth(DrimboxFunction):
    """Touches no patient's data, hence writes no audit record."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(
            scope,
            "check_health",
            platform,
            public=True,
            timeout=20,
            memory=512,
            audited=False,
            uses=[
                platform_secret(
                    "TRUST_ANCHORS_SECRET",
                    TRUST_ANCHORS,
                    Stack.of(scope),
                    platform.stateful.keys.data,
                )
            ],
        )
