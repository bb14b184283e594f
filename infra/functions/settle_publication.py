"""Task: archive, audit and count what was published."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import WRITE, causes, jobs, news, objects, table


class SettlePublication(DrimboxFunction):
    """Moves nothing: the step before has. Deletes from the cache the images of former manifests,
    and asks for those that were not prepared.
    """

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "settle_publication",
            platform,
            uses=[
                objects("ARCHIVE_BUCKET", stateful.buckets.archive, "get", "put"),
                objects("CACHE_BUCKET", stateful.buckets.cache, "delete"),
                table("STUDIES_TABLE", stateful.tables.studies, *WRITE),
                table("MESSAGES_TABLE", stateful.tables.messages, *WRITE),
                news(platform),
                *causes(platform),
                *jobs(platform, "BatchGetItem"),
            ],
        )
