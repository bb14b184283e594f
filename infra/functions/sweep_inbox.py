"""Every half hour: accepted messages whose turn never came are queued again (decision 0082)."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from constructs import Construct

from functions.drimbox.agents.answering import INCOMING
from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.schedule import on_schedule
from infra.shared.uses import CHANGE, all_tenant_files, listing, objects, sender, table

_BROUGHT: Final = f"*/{INCOMING}*"


class SweepInbox(DrimboxFunction):
    """Sees the names of messages and of bodies, and never their content; it writes no audit
    record. Of the cache it erases what agents have put, and nothing else.
    """

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful = platform.stateful
        super().__init__(
            scope,
            "sweep_inbox",
            platform,
            timeout=900,
            audited=False,
            uses=[
                all_tenant_files(platform.stateful.tables.tenants),
                listing("INBOX_BUCKET", stateful.buckets.inbox),
                table("MESSAGES_TABLE", stateful.tables.messages, "GetItem"),
                table("OPERATIONS_TABLE", stateful.tables.operations, *CHANGE),
                sender("MESSAGES_QUEUE_URL", stateful.messages.queue),
                objects("CACHE_BUCKET", stateful.buckets.cache, "tags", "delete", under=_BROUGHT),
            ],
        )
        on_schedule(
            self,
            platform,
            rule="drimbox-sweep-inbox",
            every=Duration.minutes(30),
            description="Each message of the inbox has its turn",
        )
