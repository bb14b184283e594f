"""…/agents/… of ``in``: lend to the agents at the sites, show them jobs, take their answers."""

from __future__ import annotations

from typing import Final

from constructs import Construct

from infra.shared.agent_role import AgentRole
from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import jobs, lending, objects, sender, table, traits_secrets

# The objects of imports on their way to a PACS, and nothing else of the sessions.
OUTGOING: Final = "*/outgoing/*"


class ServeAgents(DrimboxFunction):
    """Reads manifests, to tell which objects a series has, and lets agents read an import on its
    way; changes nothing but jobs."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "serve_agents",
            platform,
            timeout=28,
            uses=[
                *jobs(platform),
                table("HEALTH_TABLE", stateful.tables.health, "Query", "PutItem"),
                table("AGENTS_TABLE", stateful.tables.agents, "UpdateItem"),
                table("STUDIES_TABLE", stateful.tables.studies, "GetItem"),
                objects("ARCHIVE_BUCKET", stateful.buckets.archive, "get"),
                objects("CACHE_BUCKET", stateful.buckets.cache, "get", "put", "tag"),
                objects("READINGS_BUCKET", stateful.buckets.readings, "get", under=OUTGOING),
                traits_secrets(platform),
                sender("TICKS_QUEUE_URL", stateful.ticks.queue),
                lending(scope),
            ],
        )
        AgentRole(self, platform, self.role)
