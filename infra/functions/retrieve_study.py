"""GET and HEAD of ``db`` (WADO-RS): judge a request, answer small bodies, sign URLs of others."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import jobs, objects, table, value


class RetrieveStudy(DrimboxFunction):
    """Reads the cache, and asks for a fill when it is cold.

    A signed URL carries this role's rights.
    """

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "retrieve_study",
            platform,
            timeout=25,
            uses=[
                objects("ARCHIVE_BUCKET", stateful.buckets.archive, "get"),
                objects("CACHE_BUCKET", stateful.buckets.cache, "get"),
                table("STUDIES_TABLE", stateful.tables.studies, "GetItem"),
                *jobs(platform),
                value("SIGNED_URL_SECONDS", str(platform.deployment.signed_url_seconds)),
            ],
        )
