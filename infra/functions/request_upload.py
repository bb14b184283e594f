"""POST hl7v2/uploads of ``in``: sign the address of one large message."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.storage import UPLOAD_URL_SECONDS
from infra.shared.uses import objects, sender, value


class RequestUpload(DrimboxFunction):
    """The address carries this role's right to put one object."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "request_upload",
            platform,
            timeout=20,
            uses=[
                objects("UPLOADS_BUCKET", stateful.buckets.uploads, "put"),
                sender("UPLOADS_QUEUE_URL", stateful.uploads.queue),
                value("UPLOAD_URL_SECONDS", str(UPLOAD_URL_SECONDS)),
            ],
        )
