"""Task: build the manifest, its metadata and its signature, and keep all before any send."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.names import TRUST_ANCHORS
from infra.shared.platform import Platform
from infra.shared.uses import (
    WRITE,
    objects,
    parking,
    platform_secret,
    structure_secrets,
    table,
    value,
)


class BuildManifest(DrimboxFunction):
    """Signs with the structure's key."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful, stack = platform.stateful, Stack.of(scope)
        super().__init__(
            scope,
            "build_manifest",
            platform,
            timeout=60,
            uses=[
                objects("INBOX_BUCKET", stateful.buckets.inbox, "get"),
                objects("ARCHIVE_BUCKET", stateful.buckets.archive, "get", "put"),
                table("STUDIES_TABLE", stateful.tables.studies, *WRITE),
                value("DB_URL", platform.deployment.db_url),
                value("DMP_ALGORITHMS", platform.deployment.dmp_algorithms),
                structure_secrets(platform),
                platform_secret("TRUST_ANCHORS_SECRET", TRUST_ANCHORS, stack, stateful.keys.data),
                *parking(platform),
            ],
        )
