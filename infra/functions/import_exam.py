"""POST reading/{page}/import of ``vi``: the preview of an import, its start, its state."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import (
    CHANGE,
    KEEP,
    objects,
    professionals_dmp,
    starter,
    table,
)


class ImportExam(DrimboxFunction):
    """Asks the DMP for the manifest, and whether it stands; starts the two workflows. It does not
    reach the PACS."""

    def __init__(
        self,
        scope: Construct,
        platform: Platform,
        fetch: sfn.StateMachine,
        importing: sfn.StateMachine,
    ) -> None:
        stateful = platform.stateful
        tables = stateful.tables
        super().__init__(
            scope,
            "import_exam",
            platform,
            timeout=28,
            uses=[
                table("SESSIONS_TABLE", tables.sessions, *KEEP),
                *professionals_dmp(platform, Stack.of(scope)),
                table("STUDIES_TABLE", tables.studies, "GetItem"),
                table("IMPORTS_TABLE", tables.imports, "GetItem"),
                objects("READINGS_BUCKET", stateful.buckets.readings, "get", "put"),
                starter("FETCH_WORKFLOW_ARN", fetch),
                starter("IMPORT_WORKFLOW_ARN", importing),
                table("HEALTH_TABLE", tables.health, *CHANGE),
            ],
        )
