"""POST operations/session of ``vi``: an operator signs out."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import table, value


class CloseOperatorSession(DrimboxFunction):
    """Ends a session, and can do nothing else."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(
            scope,
            "close_operator_session",
            platform,
            public=True,
            timeout=20,
            uses=[
                value("VI_URL", platform.deployment.vi_url),
                table("SESSIONS_TABLE", platform.stateful.tables.sessions, "DeleteItem"),
            ],
        )
