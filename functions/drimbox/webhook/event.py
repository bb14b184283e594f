"""One event: the facts of the status route, with the message's own name, numbered and dated."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.operations.following import told
from functions.drimbox.publication.inbox import ack_key
from functions.drimbox.report.hl7 import read_message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.publication.message_entry import MessageEntry
    from functions.drimbox.publication.ports import RecordOf, Site
    from functions.drimbox.webhook.telling import Telling

TYPE: Final = "publication.changed"
# A wait outside the workflow passes by itself: it is no news.
_PASSING: Final = "parked"


def facts_of(site: Site, entry: MessageEntry, record_of: RecordOf) -> dict[str, Any]:
    """The facts that are told of the message: of a patient, nothing but the studies' own UIDs.
    ``record_of``: the site's records as the teller reads them."""
    facts = told(site, entry, record_of)
    studies = [
        {name: fact for name, fact in one.items() if name != _PASSING} for one in facts["studies"]
    ]
    return {**facts, "studies": studies}


def digest_of(facts: Mapping[str, Any]) -> str:
    """Equal for equal facts alone."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def event_id(tenant: str, telling: Telling) -> str:
    """The name of one state of one message: the same at each attempt, and of no other event."""
    text = "\x1f".join((tenant, telling.message_id, str(telling.sequence)))
    return f"msg_{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def body_of(
    telling: Telling, control_id: str, facts: Mapping[str, Any], links: Mapping[str, str]
) -> bytes:
    """The request's body (JSON, UTF-8), the same at each attempt. ``control_id`` is MSH-10;
    ``links`` are two addresses: ``status_url`` and ``page``.
    """
    since = telling.since
    event = {
        "type": TYPE,
        "timestamp": since.isoformat() if since else "",
        "data": {
            "sequence": telling.sequence,
            "control_id": control_id,
            **facts,
            **links,
        },
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def control_id_of(site: Site, message_id: str) -> str:
    """MSH-10 of an accepted message, as its acknowledgement has it (MSA-2); "" once deleted."""
    ack = site.inbox.get(ack_key(message_id))
    return read_message(ack).single("MSA").text(2) if ack is not None else ""
