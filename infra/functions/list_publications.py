"""GET operations/publications of ``in``: a page of one state; the open causes."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import table


class ListPublications(DrimboxFunction):
    """Reads the tables, changes nothing."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        tables = platform.stateful.tables
        super().__init__(
            scope,
            "list_publications",
            platform,
            public=True,
            timeout=25,
            uses=[
                table("MESSAGES_TABLE", tables.messages, "GetItem", index=True),
                table("STUDIES_TABLE", tables.studies, "GetItem", index=True),
                table("OPERATIONS_TABLE", tables.operations, "Query"),
            ],
        )
