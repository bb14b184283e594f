"""Task: send what was kept to the DMP, after asking it whether it has it already."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.names import LPS, TRUST_ANCHORS
from infra.shared.platform import Platform
from infra.shared.uses import (
    CHANGE,
    WRITE,
    objects,
    parking,
    platform_secret,
    structure_secrets,
    table,
    value,
)


class PublishManifest(DrimboxFunction):
    """Speaks with the DMP under the structure's certificate."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful, stack = platform.stateful, Stack.of(scope)
        super().__init__(
            scope,
            "publish_manifest",
            platform,
            timeout=120,
            uses=[
                objects("INBOX_BUCKET", stateful.buckets.inbox, "get"),
                objects("ARCHIVE_BUCKET", stateful.buckets.archive, "get", "put"),
                table("STUDIES_TABLE", stateful.tables.studies, *WRITE),
                table("CIRCUITS_TABLE", stateful.tables.circuits, *CHANGE, "BatchGetItem"),
                structure_secrets(platform),
                value("DMP_URL", platform.deployment.dmp_url),
                value("DMP_ALGORITHMS", platform.deployment.dmp_algorithms),
                platform_secret("LPS_SECRET", LPS, stack, stateful.keys.data),
                platform_secret("TRUST_ANCHORS_SECRET", TRUST_ANCHORS, stack, stateful.keys.data),
                *parking(platform),
            ],
        )
