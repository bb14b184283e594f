"""``POST vi/v1/tenants/{tenant}/operations/publications/{publication}/pacs``: the studies of the
site's PACS that may be the one of a held report.

The criteria stand in the form, never in an address. Nothing changes: an operator chooses a study by
another form, of another function.
"""

from __future__ import annotations

from functions.aws import entry, operator_pages, operators, pages, replies, requests
from functions.aws.operator_pages import PAGES
from functions.drimbox.operations.searching_pacs import search_pacs
from functions.drimbox.pages.operations.pacs_search_page import pacs_search_page
from functions.search_pacs.settings import Settings


@PAGES.handler
@operators.audited(operators.person_visit, Settings.current)
def handler(event: entry.Event) -> replies.Reply:
    """The page of the studies that were found."""
    settings = Settings.current()
    visit = operators.person_visit(event, settings)
    fields = PAGES.require_form(event, settings.vi_url)
    stores, message_id = visit.stores, requests.path(event, "publication")
    facts = search_pacs(
        visit.site,
        lambda: stores.searched_pacs(requests.request_id(event)),
        visit.caller,
        message_id=message_id,
        fields=fields,
    )
    here = f"/publications/{facts['publication']}"
    layout = operator_pages.layout(event, visit, here=here)
    return pages.show(event, pacs_search_page(layout, facts, operator=visit.operator))
