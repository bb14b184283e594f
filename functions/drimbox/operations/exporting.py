"""A publication as one JSON document: the message, its acknowledgement, its history."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from functions.drimbox.operations.beforehand import MOST_FILES
from functions.drimbox.operations.entries import entry_of
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.operations.queue import describe_entry, describe_outcome
from functions.drimbox.operations.view import overrides
from functions.drimbox.publication.inbox import ack_key
from functions.drimbox.publication.messages import load_raw
from functions.drimbox.tenants.model import Permission

if TYPE_CHECKING:
    from functions.drimbox.ports import Listing
    from functions.drimbox.publication.ports import Site


def export(site: Site, archive: Listing, caller: Caller, message_id: str) -> dict[str, Any]:
    """The bytes of the message and of its ACK (base64), the states, the overrides, the list of
    files.

    Forbidden without the permission ``export``; Absent when the publication is unknown.
    """
    operator = demand(site.audit, caller, Permission.EXPORT)
    entry = entry_of(site, message_id)
    raw = load_raw(site, message_id)
    ack = site.inbox.get(ack_key(message_id))
    site.audit.record(
        "publication.exported",
        key=f"{message_id}/{caller.request_id}",
        result="given",
        who=operator.subject,
        facts={"message_id": message_id},
    )
    return {
        **describe_entry(site, entry),
        "message": base64.b64encode(raw).decode(),
        "acknowledgement": None if ack is None else base64.b64encode(ack).decode(),
        "history": [
            {
                "study_instance_uid": str(event.study),
                "replay": event.replay,
                **describe_outcome(event.outcome),
            }
            for event in entry.history
        ],
        "overrides": overrides(site, entry),
        "archived": [
            {"name": one.key, "bytes": one.size}
            for study in entry.studies
            for one in archive.names(f"studies/{study}/{message_id}-", limit=MOST_FILES)
        ],
    }
