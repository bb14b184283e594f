"""GET operations of ``vi``: the operator's pages."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import table


class ShowOperations(DrimboxFunction):
    """Reads, changes nothing."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        tables = platform.stateful.tables
        super().__init__(
            scope,
            "show_operations",
            platform,
            public=True,
            timeout=25,
            uses=[table("MESSAGES_TABLE", tables.messages, "GetItem", "Query", index=True)],
        )
