"""``GET in/v1/tenants/{tenant}/hl7v2/messages/{message}``: the state of a sender's own message.

``message`` is its MSH-10, or the identifier in the header Publication-Id of its acknowledgement.
Nothing changes, and nothing is told that the sender did not send: no audit record is written.
"""

from __future__ import annotations

from functions.aws import callers, entry, replies, requests
from functions.aws.stores import for_tenant
from functions.drimbox.operations.following import follow, page_of
from functions.follow_message.settings import Settings


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """Answer one question; 404 for a message that the caller did not send."""
    program = callers.sender(event)
    settings = Settings.current()
    stores = for_tenant(settings, program.tenant)
    name = requests.path(event, "message")
    sender = requests.query(event, "sender") or ""
    facts = follow(stores.site, stores.refused, program.subject, name, sender=sender)
    page = f"/v1/tenants/{program.tenant}/operations/{page_of(facts)}"
    return replies.document(200, {**facts, "page": f"{settings.vi_url}{page}"})
