"""``GET vi/v1/tenants/{tenant}/operations``, and ``…/publications/{publication}``: pages."""

from __future__ import annotations

from functions.aws import entry, operators, pages, replies, requests
from functions.drimbox.errors import NotAuthenticated
from functions.drimbox.operations.queue import describe, list_publications
from functions.drimbox.operations.view import view
from functions.drimbox.web import gate
from functions.drimbox.web.filters import Filters
from functions.drimbox.web.publication_page import publication_page
from functions.drimbox.web.queue_page import queue_page
from functions.show_operations.settings import Settings


@pages.page
def handler(event: entry.Event) -> replies.Reply:
    """The queue or one publication; the way to sign in for nobody."""
    try:
        visit = operators.enter(event, Settings.current())
    except NotAuthenticated:
        left = requests.query(event, "left") is not None
        return pages.show(event, gate.sign_in(pages.frame(event), signed_out=left))
    if "{publication}" in requests.route(event):
        return pages.show(event, _publication(event, visit))
    return pages.show(event, _queue(event, visit))


def _queue(event: entry.Event, visit: operators.Visit) -> bytes:
    site, asked = visit.site, requests.queries(event)
    filters = Filters.read(asked)
    query = filters.query(site.tenant.time_zone, asked.get("after"))
    listed = list_publications(site, visit.caller, query)
    return queue_page(
        pages.frame(event, visit, query=filters.parameters()),
        describe(listed),
        filters,
        tenant=site.tenant,
        operator=visit.operator,
        now=site.clock.now(),
        replayed=pages.count(asked.get("replayed")),
    )


def _publication(event: entry.Event, visit: operators.Visit) -> bytes:
    site = visit.site
    facts = view(site, visit.caller, requests.path(event, "publication"))
    return publication_page(
        pages.frame(event, visit, rest=f"/publications/{facts['id']}"),
        facts,
        tenant=site.tenant,
        operator=visit.operator,
        now=site.clock.now(),
        done=requests.query(event, "done") or "",
    )
