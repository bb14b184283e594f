"""``GET in/v1/tenants/{tenant}/operations/publications?state=held``: what became of messages."""

from __future__ import annotations

from typing import Final

from functions.aws import callers, entry, replies, requests, stores
from functions.drimbox.errors import BadRequest
from functions.drimbox.publication.operations import describe
from functions.drimbox.publication.ports import Outcome
from functions.list_publications.settings import Settings

STATES: Final = frozenset({*(str(outcome) for outcome in Outcome), "ignored"})
PAGE: Final = 50


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """One page; ``state`` defaults to ``held``, ``after`` continues a listing."""
    settings = Settings.current()
    program = callers.sender(event)
    state = requests.query(event, "state") or "held"
    if state not in STATES:
        raise BadRequest("state")
    site = stores.for_tenant(settings.tenant_parameters, program.tenant)
    page = site.messages(settings.messages_table).find(
        state, limit=PAGE, after=requests.query(event, "after")
    )
    site.audit(settings.audit_bucket).record(
        "publications.listed",
        key=requests.request_id(event),
        result=state,
        who=program.subject,
        facts={"count": str(len(page.entries))},
    )
    return replies.document(200, describe(page))
