"""A tenant's base on ``db``: the national probes' health check, without a token."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import CHANGE, pacs, table


class CheckHealth(DrimboxFunction):
    """Touches no patient's data, hence writes no audit record."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(
            scope,
            "check_health",
            platform,
            timeout=20,
            memory=512,
            audited=False,
            uses=[
                table("HEALTH_TABLE", platform.stateful.tables.health, *CHANGE, "Query"),
                *pacs(platform),
            ],
        )
