"""The queue's consumer: each accepted message starts one publication per study."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from functions.aws import entry, logging, metrics
from functions.aws.stores import for_tenant, message_log
from functions.drimbox.errors import Absent, StartRefused
from functions.drimbox.publication.start import start
from functions.start_publication.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """Start what each record asks for; a record that fails comes back, its neighbours do not."""
    queue = Settings.current().messages_queue_url
    return entry.each_record(event, _start, "not started", queue)


def _start(facts: entry.Event) -> None:
    tenant, message_id, replay = facts["tenant"], facts["message_id"], facts["replay"]
    received_at = datetime.fromisoformat(facts["received_at"])
    try:
        stores = for_tenant(Settings.current(), tenant)
    except Absent:
        metrics.count("InternalFailures", tenant)
        if replay or message_log(Settings.current(), tenant).get(message_id) is not None:
            # No sweep queues it again: it takes the way of any failure, to the dead letters.
            logging.error("no such tenant: comes back", tenant=tenant, message_id=message_id)
            raise
        # The inbox keeps the message, and the sweep queues what has no entry once the tenant is
        # back. Here it would fail for days and hide the others behind the alarm on the queue's age.
        logging.error("no such tenant: put aside", tenant=tenant, message_id=message_id)
        return
    try:
        count = start(
            stores.site, stores.publications, message_id, replay=replay, received_at=received_at
        )
    except StartRefused as error:
        # No service is away: it fails each time, and nobody would hear of it for days.
        logging.error("start refused", tenant=tenant, message_id=message_id, detail=error.detail)
        metrics.count("InternalFailures", tenant)
        raise
    logging.event("started", count=count, correlation_id=message_id)
