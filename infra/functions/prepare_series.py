"""Task: ask for the series of a publication and look at them, before the DMP is told."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import jobs, objects, parking, table


class PrepareSeries(DrimboxFunction):
    """Fetches nothing itself: ``fill_cache`` does, behind its queue. Hence it has no record to add
    to the audit: a publication that it refuses is held, and recorded, by ``hold_publication``.
    """

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "prepare_series",
            platform,
            audited=False,
            uses=[
                objects("ARCHIVE_BUCKET", stateful.buckets.archive, "get"),
                table("STUDIES_TABLE", stateful.tables.studies, "GetItem"),
                *jobs(platform, "BatchGetItem"),
                *parking(platform),
            ],
        )
