"""reading/sign-in and reading/session of ``vi``: a professional signs in and out."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import (
    CHANGE,
    objects,
    professionals_provider,
    session_secrets,
    table,
    value,
)


class ReaderSession(DrimboxFunction):
    """Makes, changes and ends sessions, with Pro Santé Connect."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        sessions = platform.stateful.tables.sessions
        actions = ("GetItem", "PutItem", "UpdateItem", "DeleteItem")
        super().__init__(
            scope,
            "reader_session",
            platform,
            timeout=28,
            uses=[
                value("VI_URL", platform.deployment.vi_url),
                table("SESSIONS_TABLE", sessions, *actions),
                session_secrets(platform),
                *professionals_provider(platform, Stack.of(scope)),
                table("HEALTH_TABLE", platform.stateful.tables.health, *CHANGE),
                # The exams that were opened in a session go with it.
                objects("READINGS_BUCKET", platform.stateful.buckets.readings, "delete"),
            ],
        )
