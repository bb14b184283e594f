"""The operators' pages, one function for each route."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from functions.aws import entry, operator_pages, operators, pages, replies, requests
from functions.aws.operator_pages import PAGES
from functions.drimbox.agents.presence import known
from functions.drimbox.consultation.services import services as services_of
from functions.drimbox.errors import NotAuthenticated
from functions.drimbox.operations.activity import days_of, report_activity
from functions.drimbox.operations.causes import list_causes
from functions.drimbox.operations.counting import MOST_COUNTED, waiting
from functions.drimbox.operations.filters import saved
from functions.drimbox.operations.oldest_message import oldest_message
from functions.drimbox.operations.outages import outages, outages_or_none
from functions.drimbox.operations.queue import describe, list_publications
from functions.drimbox.operations.searching import search, text_of
from functions.drimbox.operations.sign_in import page_of
from functions.drimbox.operations.view import view
from functions.drimbox.operations.viewing_certificates import seen_certificates
from functions.drimbox.operations.viewing_refused import count_new, list_refused
from functions.drimbox.operations.viewing_services import permit_services
from functions.drimbox.operations.waiting_work import waiting_work
from functions.drimbox.pages.check.paste_page import paste_page
from functions.drimbox.pages.kit.csv_file import CONTENT_TYPE, csv_file
from functions.drimbox.pages.kit.stylesheet import HEADERS
from functions.drimbox.pages.operations.activity_page import activity_page, activity_rows
from functions.drimbox.pages.operations.agents_page import agents_page
from functions.drimbox.pages.operations.outage_banner import outage_banner
from functions.drimbox.pages.operations.publication_page import publication_page
from functions.drimbox.pages.operations.queue_file import queue_rows
from functions.drimbox.pages.operations.queue_filters import Filters
from functions.drimbox.pages.operations.queue_page import REFUSED, queue_page
from functions.drimbox.pages.operations.refused_page import refused_page
from functions.drimbox.pages.operations.replay_page import replay_page
from functions.drimbox.pages.operations.search_page import search_page
from functions.drimbox.pages.operations.seen_services import SeenServices
from functions.drimbox.pages.operations.services_page import services_page
from functions.drimbox.pages.operations.sign_in_page import sign_in_page
from functions.drimbox.publication.message_entry import Outcome
from functions.drimbox.tenants.model import Link
from functions.drimbox.webhook.missed import SHOWN
from functions.show_operations_pages.settings import Settings

if TYPE_CHECKING:
    from functions.drimbox.pages.kit.layout import Layout

Visit = operators.Visit[Settings]
# The form of an answer that a link of a page asks for, in the place of the page.
CSV: Final = "csv"
# A page, or the file that it offers.
Page = Callable[[entry.Event, Visit], bytes | replies.Reply]


def visited(page: Page, headers: Mapping[str, str] = HEADERS) -> entry.Answer:
    """The page for an operator, under the policy of ``headers``; the way to sign in for everybody
    else.
    """

    def answer(event: entry.Event) -> replies.Reply:
        try:
            visit = operators.person_visit(event, Settings.current())
        except NotAuthenticated:
            left = requests.query(event, "left") is not None
            layout = PAGES.layout(event)
            wanted = page_of(str(event["path"]).removeprefix(layout.path()))
            return pages.show(event, sign_in_page(layout, signed_out=left, wanted=wanted))
        made = page(event, visit)
        return pages.show(event, made, headers=headers) if isinstance(made, bytes) else made

    return answer


def _layout(event: entry.Event, visit: Visit, **place: Any) -> Layout:
    """The layout of the page, with the banner of the services that do not answer."""
    layout, stores = operator_pages.layout(event, visit, **place), visit.stores
    stopped = outages_or_none(stores.services.circuits, stores.tenant)
    if not stopped:
        return layout
    count = waiting(visit.site)[Outcome.IN_PROGRESS]
    alert = outage_banner(layout, stopped, count, stores.tenant.time_zone)
    return replace(layout, alert=alert)


def _table(layout: Layout, rows: Iterable[Sequence[str | int]], name: str) -> replies.Reply:
    return pages.file(csv_file(rows, layout.language), CONTENT_TYPE, name)


def queue(event: entry.Event, visit: Visit) -> bytes | replies.Reply:
    """The queue, its filters and the open causes; or the page on which a replay is confirmed."""
    stores, asked = visit.stores, requests.queries(event)
    # Before the causes are read: this page may not show a study that is held from now on.
    now = stores.clock.now()
    causes = list_causes(stores.causes, stores.audit, visit.caller)["causes"]
    wanted = next((one for one in causes if one["reason"] == asked.get("replay")), None)
    if wanted is not None:
        layout = _layout(event, visit, query={"replay": wanted["reason"]})
        return replay_page(layout, wanted, operator=visit.operator, now=now)
    filters = Filters.read(asked)
    query = filters.query(stores.tenant.time_zone, asked.get("after"))
    listed = list_publications(visit.site, visit.caller, query)
    if asked.get("format") == CSV:
        layout = operator_pages.layout(event, visit)
        rows = queue_rows(layout, describe(visit.site, listed)["publications"])
        return _table(layout, rows, f"publications-{filters.state}.csv")
    refused_now = count_new(stores.refused, stores.clock, MOST_COUNTED + 1)
    return queue_page(
        _layout(event, visit, query=filters.parameters()),
        describe(visit.site, listed, visit.operator),
        filters,
        tenant=stores.tenant,
        operator=visit.operator,
        now=now,
        causes=causes,
        saved=saved(stores.filters, stores.audit, visit.caller),
        counts={**waiting(visit.site), REFUSED: refused_now},
        after=asked.get("after", ""),
        replayed=pages.count(asked.get("replayed")),
        left_out=pages.count(asked.get("left_out")) or 0,
    )


def found(event: entry.Event) -> replies.Reply:
    """The publications that the form's text names; a person without a session is refused."""
    settings = Settings.current()
    visit = operators.person_visit(event, settings)
    fields = PAGES.require_form(event, settings.vi_url)
    fields.pop("verb", None)
    stores, text = visit.stores, text_of(fields)
    body = search_page(
        _layout(event, visit),
        search(visit.site, stores.refused, visit.caller, text),
        tenant=stores.tenant,
        operator=visit.operator,
        now=stores.clock.now(),
        text=text,
    )
    return pages.show(event, body)


def publication(event: entry.Event, visit: Visit) -> bytes:
    """One publication whole."""
    site, stores = visit.site, visit.stores
    message_id = requests.path(event, "publication")
    facts = view(site, stores.archive, stores.known_traits, visit.caller, message_id)
    return publication_page(
        _layout(event, visit, here=f"/publications/{facts['id']}"),
        facts,
        tenant=site.tenant,
        operator=visit.operator,
        now=site.clock.now(),
        done=requests.query(event, "done") or "",
    )


def refused(event: entry.Event, visit: Visit) -> bytes:
    """The messages that were refused of late."""
    stores, after = visit.stores, requests.query(event, "after")
    facts = list_refused(stores.refused, stores.audit, stores.clock, visit.caller, after)
    return refused_page(
        _layout(event, visit, here="/refused"),
        facts,
        tenant=stores.tenant,
        now=stores.clock.now(),
    )


def activity(event: entry.Event, visit: Visit) -> bytes | replies.Reply:
    """Counters by day, and delays; or the counters as a file."""
    days = days_of(requests.query(event, "days"))
    facts = report_activity(visit.site, visit.caller, days=days)
    query = {"days": str(days)}
    if requests.query(event, "format") == CSV:
        layout = operator_pages.layout(event, visit)
        return _table(layout, activity_rows(layout, facts), "activity.csv")
    return activity_page(_layout(event, visit, here="/activity", query=query), facts, days=days)


def services(event: entry.Event, visit: Visit) -> bytes:
    """The services, the waiting work and the certificates; the page tells outages by itself."""
    stores = visit.stores
    permit_services(stores.audit, visit.caller)
    seen = SeenServices(
        health=services_of(stores.services),
        outages=outages(stores.services.circuits, stores.tenant),
        work=waiting_work(visit.site),
        oldest=oldest_message(visit.site),
        missed=stores.missed_news.latest(SHOWN, stores.clock.now())
        if stores.tenant.webhook_url
        else None,
        certificates=seen_certificates(stores.tenant, stores.certificates),
        sites=stores.seen_sites,
        white_list=stores.white_list_status,
        agents=known(stores.agents_desk.states, stores.tenant),
        needs_agent=stores.tenant.link is Link.AGENT,
    )
    layout = operator_pages.layout(event, visit, here="/services")
    return services_page(layout, seen, now=stores.clock.now(), zone=stores.tenant.time_zone)


def agents(event: entry.Event, visit: Visit) -> bytes:
    """The agents of the site, and the forms that let one in or put one out."""
    stores = visit.stores
    return agents_page(
        _layout(event, visit, here="/agents"),
        stores.agents_desk.see(visit.caller),
        operator=visit.operator,
        now=stores.clock.now(),
        zone=stores.tenant.time_zone,
        done=requests.query(event, "done") or "",
    )


def check(event: entry.Event, visit: Visit) -> bytes:
    """The form for a message to check."""
    return paste_page(_layout(event, visit, here="/check"), visit.site.tenant)
