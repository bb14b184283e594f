"""POST operations/publications/{publication}/pacs of ``vi``: a search of the site's PACS."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import CHANGE, agents_answers, objects, pacs, table, traits_secrets, value


class SearchPacs(DrimboxFunction):
    """Asks the PACS for an operator; may store, queue and publish nothing."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful, deployment = platform.stateful, platform.deployment
        super().__init__(
            scope,
            "search_pacs",
            platform,
            timeout=28,
            uses=[
                value("VI_URL", deployment.vi_url),
                objects("INBOX_BUCKET", stateful.buckets.inbox, "get"),
                table("MESSAGES_TABLE", stateful.tables.messages, "GetItem"),
                table("CIRCUITS_TABLE", stateful.tables.circuits, *CHANGE),
                value("PROBE_SECONDS", str(deployment.probe_seconds)),
                *pacs(platform),
                *agents_answers(platform),
                traits_secrets(platform),
            ],
        )
