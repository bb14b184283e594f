"""GET operations/sign-in of ``vi``: an operator goes to the identity provider."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import operators_provider, table, value


class StartOperatorSession(DrimboxFunction):
    """Keeps what the return must match; opens no session."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(
            scope,
            "start_operator_session",
            platform,
            public=True,
            timeout=25,
            uses=[
                value("VI_URL", platform.deployment.vi_url),
                table("SESSIONS_TABLE", platform.stateful.tables.sessions, "PutItem"),
                *operators_provider(platform, Stack.of(scope)),
            ],
        )
