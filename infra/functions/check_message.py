"""POST hl7v2/check of ``in``: a dry run of a message."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import objects, table


class CheckMessage(DrimboxFunction):
    """Sees what was received before, as receiving does; can store and queue nothing, and has
    no right on keys."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(
            scope,
            "check_message",
            platform,
            timeout=25,
            uses=[
                objects("INBOX_BUCKET", platform.stateful.buckets.inbox, "get"),
                table("CERTIFICATES_TABLE", platform.stateful.tables.certificates, "GetItem"),
            ],
        )
