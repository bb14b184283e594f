"""The queue's consumer: each accepted message starts one publication per study."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from functions.aws import entry, logging, metrics
from functions.aws.stores import for_tenant
from functions.drimbox.errors import DrimboxError
from functions.drimbox.publication.start import start
from functions.start_publication.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """Start what each record asks for; a record that fails comes back, its neighbours do not."""
    failed: list[dict[str, str]] = []
    for record in event["Records"]:
        try:
            facts = json.loads(record["body"])
            stores = for_tenant(Settings.current(), facts["tenant"])
            count = start(
                stores.site,
                stores.publications,
                facts["message_id"],
                replay=facts["replay"],
                received_at=datetime.fromisoformat(facts["received_at"]),
            )
        except Exception as error:  # noqa: BLE001  # one message must not stop its neighbours
            logging.error("not started", error=entry.place(error), request_id=record["messageId"])
            if not isinstance(error, DrimboxError):
                metrics.count("InternalFailures", "")
            failed.append({"itemIdentifier": record["messageId"]})
        else:
            logging.event("started", count=count, correlation_id=facts["message_id"])
    return {"batchItemFailures": failed}
