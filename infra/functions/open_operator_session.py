"""GET operations/session of ``vi``: an operator comes back from the identity provider."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import operators_provider, table, value


class OpenOperatorSession(DrimboxFunction):
    """Proves who came back, then makes a session."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        sessions = platform.stateful.tables.sessions
        super().__init__(
            scope,
            "open_operator_session",
            platform,
            public=True,
            timeout=28,
            uses=[
                value("VI_URL", platform.deployment.vi_url),
                table("SESSIONS_TABLE", sessions, "PutItem", "DeleteItem"),
                *operators_provider(platform, Stack.of(scope)),
            ],
        )
