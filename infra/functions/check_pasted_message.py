"""POST operations/check of ``vi``: a dry run of a pasted message."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import objects, table, value


class CheckPastedMessage(DrimboxFunction):
    """Sees what was received before, as receiving does; can store and queue nothing."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(
            scope,
            "check_pasted_message",
            platform,
            timeout=25,
            uses=[
                value("VI_URL", platform.deployment.vi_url),
                objects("INBOX_BUCKET", platform.stateful.buckets.inbox, "get"),
                table("STUDIES_TABLE", platform.stateful.tables.studies, "GetItem"),
                table("CERTIFICATES_TABLE", platform.stateful.tables.certificates, "GetItem"),
            ],
        )
