"""Workflow ``fetch``: the plan of an opened exam, and its series from their site."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.names import PEERS_CLIENT
from infra.shared.platform import Platform
from infra.shared.uses import (
    CHANGE,
    KEEP,
    objects,
    own_starter,
    platform_secret,
    professionals_dmp,
    table,
    value,
)


class FetchExam(DrimboxFunction):
    """The one function that sends a professional's token to another site.

    It streams through its disk; a big memory buys processor and network.
    """

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful, deployment = platform.stateful, platform.deployment
        tables, stack = stateful.tables, Stack.of(scope)
        super().__init__(
            scope,
            "fetch_exam",
            platform,
            timeout=900,
            storage=10240,
            uses=[
                table("SESSIONS_TABLE", tables.sessions, *KEEP),
                *professionals_dmp(platform, stack),
                objects("READINGS_BUCKET", stateful.buckets.readings, "get", "put", "delete"),
                # Its name alone: an answer of our own sites may redirect there.
                value("CACHE_BUCKET", stateful.buckets.cache.bucket_name),
                table("PEERS_TABLE", tables.peers, "GetItem"),
                # A variable without a value would be a missing one; "-" is no host's name.
                value("PRIVATE_PEERS", deployment.private_peers or "-"),
                platform_secret("PEERS_CLIENT_SECRET", PEERS_CLIENT, stack, stateful.keys.data),
                table("HEALTH_TABLE", tables.health, *CHANGE),
                own_starter("FETCH_WORKFLOW_ARN", "fetch", stack),
            ],
        )
