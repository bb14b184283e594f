"""POST hl7v2/check of ``in``: a dry run of a message."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import objects, table


class CheckMessage(DrimboxFunction):
    """Sees what was received before, as receiving does; can store and queue nothing, and has
    no right on keys. The memory is for an upload, as in acknowledge_upload."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(
            scope,
            "check_message",
            platform,
            timeout=28,
            memory=3008,
            uses=[
                objects("UPLOADS_BUCKET", platform.stateful.buckets.uploads, "get"),
                objects("INBOX_BUCKET", platform.stateful.buckets.inbox, "get"),
                table("STUDIES_TABLE", platform.stateful.tables.studies, "GetItem"),
                table("CERTIFICATES_TABLE", platform.stateful.tables.certificates, "GetItem"),
            ],
        )
