"""The two entrances of the professionals' pages: a contextual call, and a report's link.

Nobody is known here: both come from a browser without any proof, so that the answers show nothing
of them and no audit record is written. The page that they lead to asks for the sign-in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.aws import entry, metrics, pages, replies, requests
from functions.aws.reading_pages import PAGES
from functions.aws.stores import TenantStores, for_tenant
from functions.drimbox.consultation.call_facts import describe_faults
from functions.drimbox.consultation.call_form import MAX_BYTES
from functions.drimbox.consultation.contextual_call import read_call
from functions.drimbox.consultation.report_link import read_link
from functions.drimbox.pages.check.answer import page_headers
from functions.drimbox.pages.check.call_page import refused_call_page
from functions.open_context.settings import Settings

if TYPE_CHECKING:
    from functions.drimbox.consultation.contexts import Context
    from functions.drimbox.consultation.contextual_call import Call


def open_call(event: entry.Event) -> replies.Reply:
    """303 to a page of its own; 400 with every fault in words. Each call is counted."""
    stores = _stores(event)
    result = "erreur"
    try:
        call = _read(event)
        if call.context is None:
            metrics.refused_caller(stores.slug, str(event["resource"]), "bad_call")
            return _refused(event, call)
        reply = _to_page(stores, call.context)
        result = call.result
    finally:
        metrics.contextual_call(stores.slug, result)
    return reply


def open_link(event: entry.Event) -> replies.Reply:
    """303 to a page of its own, which checks the link once somebody is signed in."""
    stores = _stores(event)
    with entry.strangers_counted(event):
        link = read_link(requests.query_values(event))
    return _to_page(stores, link)


def _stores(event: entry.Event) -> TenantStores[Settings]:
    return for_tenant(Settings.current(), requests.path(event, "tenant"))


def _read(event: entry.Event) -> Call:
    with entry.strangers_counted(event):
        raw = requests.body(event, max_bytes=MAX_BYTES)
    types = requests.headers(event, "Content-Type")
    return read_call(types, tuple(requests.query_values(event)), raw)


def _refused(event: entry.Event, call: Call) -> replies.Reply:
    """The faults alone: the page may stand on anybody's screen."""
    language = pages.language(event)
    body = refused_call_page(describe_faults(call.faults), language)
    return replies.text(400, body, pages.HTML, page_headers(language))


def _to_page(stores: TenantStores[Settings], context: Context) -> replies.Reply:
    page = stores.contexts.open(context)
    return pages.see_other(f"{PAGES.area.base(stores.slug)}/{page}")
