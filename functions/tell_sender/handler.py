"""The consumer of the queue of news: one signed request to the site's own address (0086)."""

from __future__ import annotations

from typing import Any

from functions.aws import entry, logging
from functions.aws.stores import for_tenant
from functions.drimbox.errors import Absent
from functions.tell_sender.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """Tell each record's news; one that the site does not take comes back after a longer pause."""
    return entry.each_record(event, _tell, "news not told", Settings.current().news_queue_url)


def _tell(facts: entry.Event) -> None:
    tenant, message_id = facts["tenant"], facts["message_id"]
    try:
        stores = for_tenant(Settings.current(), tenant)
    except Absent:  # no such tenant any more
        return
    told = stores.teller.tell(message_id)
    logging.event("news", tenant=tenant, message_id=message_id, outcome=str(told))
