"""POST reading/{page}/file of ``vi``: exams of a file, while the DMP is away."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import KEEP, professionals_provider, session_secrets, table, value


class OpenFile(DrimboxFunction):
    """Reads a session, renews its tokens, and ends it when Pro Santé Connect did. Judges a file and
    keeps its exams with the page, sealed; asks nobody for anything else.
    """

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stack = Stack.of(scope)
        super().__init__(
            scope,
            "open_file",
            platform,
            timeout=28,
            uses=[
                table("SESSIONS_TABLE", platform.stateful.tables.sessions, *KEEP),
                value("VI_URL", platform.deployment.vi_url),
                session_secrets(platform),
                *professionals_provider(platform, stack),
            ],
        )
