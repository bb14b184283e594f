"""The answers of read_operations, one function for each route."""

from __future__ import annotations

from functools import partial

from functions.aws import entry, operators, replies, requests
from functions.aws.large_exports import JSON, large_export
from functions.drimbox.consultation.services import describe as describe_services
from functions.drimbox.consultation.services import services
from functions.drimbox.operations.activity import days_of, report_activity
from functions.drimbox.operations.causes import list_causes
from functions.drimbox.operations.exporting import export
from functions.drimbox.operations.filters import saved
from functions.drimbox.operations.last_reconciliation import view_last_run
from functions.drimbox.operations.oldest_message import describe as describe_oldest
from functions.drimbox.operations.oldest_message import oldest_message
from functions.drimbox.operations.outages import describe as describe_outages
from functions.drimbox.operations.outages import outages
from functions.drimbox.operations.queue import Query, describe, list_publications
from functions.drimbox.operations.searching import search, text_of
from functions.drimbox.operations.view import view
from functions.drimbox.operations.viewing_certificates import describe as describe_certificates
from functions.drimbox.operations.viewing_certificates import seen_certificates
from functions.drimbox.operations.viewing_refused import list_refused
from functions.drimbox.operations.viewing_services import permit_services
from functions.drimbox.operations.waiting_work import describe as describe_work
from functions.drimbox.operations.waiting_work import waiting_work
from functions.drimbox.peers.source_states import describe as describe_site
from functions.drimbox.peers.status import describe as describe_list
from functions.drimbox.webhook.missed import SHOWN
from functions.drimbox.webhook.missed import describe as describe_missed
from functions.read_operations.settings import Settings


def show_publications(event: entry.Event) -> replies.Reply:
    """A page of publications; ``state`` defaults to ``held``."""
    visit = _visit(event)
    query = Query.read(partial(requests.query, event))
    page = list_publications(visit.site, visit.caller, query)
    return replies.document(200, describe(visit.site, page, visit.caller.operator))


def find_publications(event: entry.Event) -> replies.Reply:
    """The publications of which the text of the body is a whole term."""
    visit = _visit(event)
    text = text_of(requests.json_body(event))
    return replies.document(200, search(visit.site, visit.stores.refused, visit.caller, text))


def show_publication(event: entry.Event) -> replies.Reply:
    """One publication whole."""
    visit = _visit(event)
    site, stores = visit.site, visit.stores
    message_id = requests.path(event, "publication")
    facts = view(site, stores.archive, stores.known_traits, visit.caller, message_id)
    return replies.document(200, facts)


def give_export(event: entry.Event) -> replies.Reply:
    """One publication with the bytes of its message; of a large one, the way to the file."""
    visit = _visit(event)
    message_id = requests.path(event, "publication")
    facts = export(visit.site, visit.stores.archive, visit.caller, message_id)
    large = large_export(visit.stores, facts, JSON)
    return replies.document(200, facts) if large is None else replies.redirect(large.address)


def show_refused(event: entry.Event) -> replies.Reply:
    """The messages that were refused of late."""
    visit = _visit(event)
    stores, after = visit.stores, requests.query(event, "after")
    facts = list_refused(stores.refused, stores.audit, stores.clock, visit.caller, after)
    return replies.document(200, facts)


def show_causes(event: entry.Event) -> replies.Reply:
    """The open causes."""
    visit = _visit(event)
    stores = visit.stores
    return replies.document(200, list_causes(stores.causes, stores.audit, visit.caller))


def show_activity(event: entry.Event) -> replies.Reply:
    """The last days by the clock of the site, today included."""
    visit = _visit(event)
    days = days_of(requests.query(event, "days"))
    return replies.document(200, report_activity(visit.site, visit.caller, days=days))


def show_services(event: entry.Event) -> replies.Reply:
    """The services, the waiting work and the certificates, the sites that were asked, the white
    list: the facts of the page."""
    visit = _visit(event)
    stores = visit.stores
    permit_services(stores.audit, visit.caller)
    now = stores.clock.now()
    news = stores.missed_news.latest(SHOWN, now) if stores.tenant.webhook_url else None
    facts = {
        "services": describe_services(services(stores.services)),
        "outages": describe_outages(outages(stores.services.circuits, stores.tenant)),
        "waiting": describe_work(waiting_work(visit.site)),
        "oldest_message": describe_oldest(oldest_message(visit.site)),
        "certificates": describe_certificates(
            seen_certificates(stores.tenant, stores.certificates), now
        ),
        "missed_news": None if news is None else describe_missed(news),
        "sites": [describe_site(one) for one in stores.seen_sites],
        "white_list": describe_list(stores.white_list_status, now),
    }
    return replies.document(200, facts)


def show_filters(event: entry.Event) -> replies.Reply:
    """The caller's own filters by name."""
    visit = _visit(event)
    stores = visit.stores
    return replies.document(200, {"filters": saved(stores.filters, stores.audit, visit.caller)})


def show_reconciliation(event: entry.Event) -> replies.Reply:
    """The last run with a page of its differences; 404 before a first run has ended."""
    visit = _visit(event)
    after = requests.query(event, "after")
    return replies.document(200, view_last_run(visit.site, visit.caller, after))


def _visit(event: entry.Event) -> operators.Visit[Settings]:
    return operators.program_visit(event, Settings.current())
