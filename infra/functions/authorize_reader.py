"""Authorizer of the reading pages on ``vi``: whose session the cookie shows."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import session_secrets, table


class AuthorizeReader(DrimboxFunction):
    """Reads a session and notes its use; can neither make nor end one."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        sessions = platform.stateful.tables.sessions
        super().__init__(
            scope,
            "authorize_reader",
            platform,
            audited=False,
            timeout=15,
            uses=[
                table("SESSIONS_TABLE", sessions, "GetItem", "UpdateItem"),
                session_secrets(platform),
            ],
        )
