"""Task: fetch one series from the site's PACS into the study cache."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.secrets import TRUST_ANCHORS
from infra.shared.uses import CHANGE, objects, platform_secret, table, value


class FillCache(DrimboxFunction):
    """Spools a series on its own disk, never in memory; a big memory buys processor and network."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "fill_cache",
            platform,
            timeout=900,
            storage=10240,
            uses=[
                objects("ARCHIVE_BUCKET", stateful.buckets.archive, "get"),
                objects(
                    "CACHE_BUCKET", stateful.buckets.cache, "get", "put", "multipart", "delete"
                ),
                table("STUDIES_TABLE", stateful.tables.studies, "GetItem"),
                table("CIRCUITS_TABLE", stateful.tables.circuits, *CHANGE),
                value("PROBE_SECONDS", str(platform.deployment.probe_seconds)),
                platform_secret(
                    "TRUST_ANCHORS_SECRET", TRUST_ANCHORS, Stack.of(scope), stateful.keys.data
                ),
            ],
        )
