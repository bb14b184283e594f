"""GET operations/activity of ``in``: counters by day, and delays."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import table


class ReportActivity(DrimboxFunction):
    """Counts what the log of messages says; changes nothing."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        tables = platform.stateful.tables
        super().__init__(
            scope,
            "report_activity",
            platform,
            public=True,
            timeout=25,
            uses=[table("MESSAGES_TABLE", tables.messages, "GetItem", index=True)],
        )
