"""POST context and GET IHEInvokeImageDisplay of ``vi``: the way to a professional's page."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import session_secrets, table


class OpenContext(DrimboxFunction):
    """Adds contexts and reads none; nobody is known here, so that nothing is audited."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(
            scope,
            "open_context",
            platform,
            timeout=15,
            audited=False,
            uses=[
                table("SESSIONS_TABLE", platform.stateful.tables.sessions, "PutItem"),
                session_secrets(platform),
            ],
        )
