"""POST reading/{page}/authorization of ``vi``: a patient's authorisation, told to the DMP."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import professionals_dmp, table


class SetAuthorization(DrimboxFunction):
    """Reads a session, renews its tokens, and ends it when Pro Santé Connect did. Asks the DMP for
    the state of the patient's record, and adds the structure's authorisation; keeps nothing of it.
    """

    def __init__(self, scope: Construct, platform: Platform) -> None:
        sessions = platform.stateful.tables.sessions
        super().__init__(
            scope,
            "set_authorization",
            platform,
            timeout=28,
            uses=[
                table("SESSIONS_TABLE", sessions, "GetItem", "UpdateItem", "DeleteItem"),
                *professionals_dmp(platform, Stack.of(scope)),
            ],
        )
