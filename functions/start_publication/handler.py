"""The queue's consumer: each accepted message starts one publication per study."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from functions.aws import entry, logging
from functions.aws.stores import for_tenant
from functions.drimbox.publication.start import start
from functions.start_publication.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """Start what each record asks for; a record that fails comes back, its neighbours do not."""
    queue = Settings.current().messages_queue_url
    return entry.each_record(event, _start, "not started", queue)


def _start(facts: entry.Event) -> None:
    stores = for_tenant(Settings.current(), facts["tenant"])
    count = start(
        stores.site,
        stores.publications,
        facts["message_id"],
        replay=facts["replay"],
        received_at=datetime.fromisoformat(facts["received_at"]),
    )
    logging.event("started", count=count, correlation_id=facts["message_id"])
