"""GET of ``db`` (WADO-RS): decide who gets what, answer small bodies, sign URLs of large ones."""

from __future__ import annotations

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import objects, starter, table, value


class RetrieveStudy(DrimboxFunction):
    """Reads the cache; asks for a fill when it is cold. A signed URL carries this role's rights."""

    def __init__(self, scope: Construct, platform: Platform, fill: sfn.IStateMachine) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "retrieve_study",
            platform,
            public=True,
            timeout=25,
            uses=[
                objects("ARCHIVE_BUCKET", stateful.buckets.archive, "get"),
                objects("CACHE_BUCKET", stateful.buckets.cache, "get"),
                table("STUDIES_TABLE", stateful.tables.studies, "GetItem"),
                starter("FILL_WORKFLOW_ARN", fill),
                value("SIGNED_URL_SECONDS", str(platform.deployment.signed_url_seconds)),
            ],
        )
