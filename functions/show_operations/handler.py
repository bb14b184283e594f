"""``GET vi/v1/tenants/{tenant}/operations``: the publications, as a page for operators."""

from __future__ import annotations

from functions.aws import entry, operators, pages, replies, requests
from functions.drimbox.errors import BadRequest, NotAuthenticated
from functions.drimbox.operations.queue import Query, describe, list_publications
from functions.drimbox.web import gate
from functions.drimbox.web.queue_page import STATES, queue_page
from functions.show_operations.settings import Settings


@pages.page
def handler(event: entry.Event) -> replies.Reply:
    """The queue, or the way to sign in."""
    try:
        site, caller = operators.enter(event, Settings.current())
    except NotAuthenticated:
        left = requests.query(event, "left") is not None
        return pages.show(event, gate.sign_in(pages.frame(event), signed_out=left))
    state = requests.query(event, "state") or "held"
    if state not in STATES:
        raise BadRequest("state")
    query = Query(state=state, after=requests.query(event, "after"))
    page = list_publications(site, caller, query)
    frame = pages.frame(event, site=site.tenant.name, name=operators.name(caller))
    body = queue_page(
        frame, describe(page), chosen=state, now=site.clock.now(), zone=site.tenant.time_zone
    )
    return pages.show(event, body)
