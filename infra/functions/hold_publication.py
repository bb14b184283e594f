"""Task: hold a publication that needs a human, with the reason."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import WRITE, causes, news, table


class HoldPublication(DrimboxFunction):
    """Where every failed execution ends; needs as little as can be to work."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        tables = platform.stateful.tables
        super().__init__(
            scope,
            "hold_publication",
            platform,
            uses=[
                table("STUDIES_TABLE", tables.studies, *WRITE),
                table("MESSAGES_TABLE", tables.messages, *WRITE),
                news(platform),
                *causes(platform),
            ],
        )
