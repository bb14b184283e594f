"""GET and POST operations/filters of ``in``: an operator's own filters."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import CHANGE, table


class KeepFilters(DrimboxFunction):
    """One item for each operator."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        tables = platform.stateful.tables
        super().__init__(
            scope,
            "keep_filters",
            platform,
            public=True,
            timeout=25,
            uses=[table("OPERATIONS_TABLE", tables.operations, *CHANGE)],
        )
