"""POST reading/{page}/exams of ``vi``: the states of the sites of a page's exams; its script."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

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


class ListExams(DrimboxFunction):
    """Asks the DMP for manifests and other DRIMboxes for their health, and sends these no token.

    Keeps the states of sites, which are nobody's, and a page's own facts, sealed; no document.
    """

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful, deployment = platform.stateful, platform.deployment
        tables = stateful.tables
        super().__init__(
            scope,
            "list_exams",
            platform,
            timeout=28,
            uses=[
                table("SESSIONS_TABLE", tables.sessions, *KEEP),
                *professionals_dmp(platform, Stack.of(scope)),
                table("STUDIES_TABLE", tables.studies, "GetItem"),
                objects("ARCHIVE_BUCKET", stateful.buckets.archive, "get"),
                objects("CACHE_BUCKET", stateful.buckets.cache, "get"),
                table("CIRCUITS_TABLE", tables.circuits, "GetItem"),
                table("HEALTH_TABLE", tables.health, *CHANGE),
                table("PEERS_TABLE", tables.peers, "GetItem"),
                # A variable without a value would be a missing one; "-" is no host's name.
                value("PRIVATE_PEERS", deployment.private_peers or "-"),
            ],
        )
