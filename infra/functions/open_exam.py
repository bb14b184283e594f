"""POST reading/{page}/open and …/progress of ``vi``: the document of opened exams."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.storage import READING_URL_SECONDS
from infra.shared.uses import CHANGE, KEEP, jobs, objects, professionals_dmp, starter, table, value


class OpenExam(DrimboxFunction):
    """Asks the DMP for one manifest and starts the fetching; it reads images, and sends no token to
    any site.

    Signs addresses of the own cache and of the opened exams.
    """

    def __init__(self, scope: Construct, platform: Platform, fetch: sfn.StateMachine) -> None:
        stateful, deployment = platform.stateful, platform.deployment
        tables = stateful.tables
        super().__init__(
            scope,
            "open_exam",
            platform,
            timeout=28,
            uses=[
                table("SESSIONS_TABLE", tables.sessions, *KEEP),
                *professionals_dmp(platform, Stack.of(scope)),
                table("STUDIES_TABLE", tables.studies, "GetItem"),
                objects("ARCHIVE_BUCKET", stateful.buckets.archive, "get"),
                objects("CACHE_BUCKET", stateful.buckets.cache, "get"),
                *jobs(platform),
                value("SIGNED_URL_SECONDS", str(deployment.signed_url_seconds)),
                objects("READINGS_BUCKET", stateful.buckets.readings, "get", "put"),
                value("READING_URL_SECONDS", str(READING_URL_SECONDS)),
                starter("FETCH_WORKFLOW_ARN", fetch),
                table("HEALTH_TABLE", tables.health, *CHANGE),
            ],
        )
