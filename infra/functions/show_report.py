"""POST reading/{page}/report of ``vi``: one report of the list that a page showed."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.storage import READING_URL_SECONDS
from infra.shared.uses import (
    CHANGE,
    objects,
    professionals_dmp,
    table,
    value,
)


class ShowReport(DrimboxFunction):
    """Reads a session, renews its tokens, and ends it when Pro Santé Connect did. Fetches one
    document from the DMP; keeps nothing of it but a PDF that no answer could hold, until the
    session ends, and signs its address.
    """

    def __init__(self, scope: Construct, platform: Platform) -> None:
        sessions = platform.stateful.tables.sessions
        super().__init__(
            scope,
            "show_report",
            platform,
            timeout=28,
            uses=[
                table("SESSIONS_TABLE", sessions, "GetItem", "UpdateItem", "DeleteItem"),
                *professionals_dmp(platform, Stack.of(scope)),
                table("HEALTH_TABLE", platform.stateful.tables.health, *CHANGE),
                # It erases the PDF that it kept beside a sign-out.
                objects(
                    "READINGS_BUCKET", platform.stateful.buckets.readings, "get", "put", "delete"
                ),
                value("READING_URL_SECONDS", str(READING_URL_SECONDS)),
            ],
        )
