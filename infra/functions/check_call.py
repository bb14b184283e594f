"""POST check/context of ``in``: a dry run of a contextual call."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform


class CheckCall(DrimboxFunction):
    """Can store and queue nothing, and reads no store."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(scope, "check_call", platform, timeout=15, uses=[])
