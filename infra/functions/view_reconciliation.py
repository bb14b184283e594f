"""GET operations/reconciliation of ``in``: the last run and what it found."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import objects


class ViewReconciliation(DrimboxFunction):
    """Reads the archive, changes nothing."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(
            scope,
            "view_reconciliation",
            platform,
            public=True,
            timeout=25,
            uses=[objects("ARCHIVE_BUCKET", platform.stateful.buckets.archive, "get")],
        )
