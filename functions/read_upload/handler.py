"""The queue's consumer: a message that was uploaded is received even if its sender never asks."""

from __future__ import annotations

from typing import Any

from functions.aws import entry, logging, metrics
from functions.aws.stores import for_tenant
from functions.drimbox.errors import Absent, NotHl7
from functions.drimbox.publication.uploads import look
from functions.read_upload.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """Look at the upload of each record (one at a time); do not wait for an absent one."""
    return entry.each_record(event, _treat, "not looked at", Settings.current().uploads_queue_url)


def _treat(facts: entry.Event) -> None:
    try:
        outcome = _look(facts["tenant"], facts["upload_id"])
    except (Absent, NotHl7) as error:  # no such tenant any more; nobody to tell
        outcome = error.code
    logging.event("upload looked at", tenant=facts["tenant"], outcome=outcome)


def _look(tenant: str, upload_id: str) -> str:
    stores = for_tenant(Settings.current(), tenant)
    reception = look(upload_id, stores.desk, stores.uploads, stores.news)
    if reception is None:
        return "nothing"
    if reception.control_id_reused:
        metrics.count("ControlIdReused", tenant)
    return reception.code
