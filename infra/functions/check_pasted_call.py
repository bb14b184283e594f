"""POST operations/check/context of ``vi``: a dry run of a pasted contextual call."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import value


class CheckPastedCall(DrimboxFunction):
    """Can store and queue nothing, and reads no store."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(
            scope,
            "check_pasted_call",
            platform,
            timeout=15,
            uses=[value("VI_URL", platform.deployment.vi_url)],
        )
