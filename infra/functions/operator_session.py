"""operations/sign-in and operations/session of ``vi``: an operator signs in and out."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import operators_provider, session_secrets, table, value


class OperatorSession(DrimboxFunction):
    """Makes and ends sessions; reads none."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        sessions = platform.stateful.tables.sessions
        super().__init__(
            scope,
            "operator_session",
            platform,
            timeout=28,
            uses=[
                value("VI_URL", platform.deployment.vi_url),
                table("SESSIONS_TABLE", sessions, "PutItem", "DeleteItem"),
                session_secrets(platform),
                *operators_provider(platform, Stack.of(scope)),
            ],
        )
