"""GET hl7v2/messages/{message} of ``in``: the state of a sender's own message."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import objects, table, value


class FollowMessage(DrimboxFunction):
    """Reads, changes nothing; no patient's data but the UIDs that the sender knows."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "follow_message",
            platform,
            timeout=15,
            audited=False,
            uses=[
                objects("INBOX_BUCKET", stateful.buckets.inbox, "get"),
                table("MESSAGES_TABLE", stateful.tables.messages, "GetItem"),
                table("LOOKUPS_TABLE", stateful.tables.lookups, "GetItem"),
                table("WAITS_TABLE", stateful.tables.waits, "Query"),
                table("STUDIES_TABLE", stateful.tables.studies, "GetItem"),
                value("VI_URL", platform.deployment.vi_url),
            ],
        )
