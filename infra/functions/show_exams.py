"""GET and POST reading of ``vi``: a professional's pages, with a patient's exams and filters."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.shared.assets import built_viewer
from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import (
    CHANGE,
    KEEP,
    objects,
    professionals_dmp,
    table,
    value,
)


class ShowExams(DrimboxFunction):
    """Reads a session, renews its tokens, and ends it when Pro Santé Connect did. Binds a page to
    the session, keeps its filters and, for minutes, that the patient's DMP is open, and asks the
    DMP. Reads the published exam that a report's link names. Names the viewer's files, which the
    same deployment gives, and the buckets that its page reads from.
    """

    def __init__(self, scope: Construct, platform: Platform) -> None:
        sessions, deployment = platform.stateful.tables.sessions, platform.deployment
        buckets, viewer = platform.stateful.buckets, built_viewer()
        super().__init__(
            scope,
            "show_exams",
            platform,
            timeout=28,
            # One whole processor: a long history is read from 14 MB of XML.
            memory=1769,
            uses=[
                table("SESSIONS_TABLE", sessions, *KEEP),
                *professionals_dmp(platform, Stack.of(scope)),
                table("STUDIES_TABLE", platform.stateful.tables.studies, "GetItem"),
                table("IMPORTS_TABLE", platform.stateful.tables.imports, "BatchGetItem"),
                objects("ARCHIVE_BUCKET", platform.stateful.buckets.archive, "get"),
                table("CIRCUITS_TABLE", platform.stateful.tables.circuits, "GetItem"),
                table("HEALTH_TABLE", platform.stateful.tables.health, *CHANGE),
                table("PEERS_TABLE", platform.stateful.tables.peers, "GetItem"),
                value("PRIVATE_PEERS", deployment.private_peers or "-"),
                value("CACHE_BUCKET", buckets.cache.bucket_name),
                value("READINGS_BUCKET", buckets.readings.bucket_name),
                value("VIEWER_SCRIPT", viewer.script or "-"),
                value("VIEWER_SHEET", viewer.sheet or "-"),
            ],
        )
