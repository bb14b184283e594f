"""The pages of a professional: the first one, and that of a patient."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from functions.aws import entry, pages, readers, reading_pages, replies, requests
from functions.aws.readers import page_named
from functions.aws.reading_pages import PAGES
from functions.drimbox.audited import audited
from functions.drimbox.consultation import situations
from functions.drimbox.consultation.exam_list import Listing, state_of
from functions.drimbox.consultation.list_view import MOST_FIELDS, read_form
from functions.drimbox.consultation.report_link import ReportLink
from functions.drimbox.consultation.services import services_or_unknown
from functions.drimbox.errors import Absent, NotAuthenticated
from functions.drimbox.pages.kit.stylesheet import HEADERS
from functions.drimbox.pages.reading.exams_page import Choice, Seen, exams_page, state_page
from functions.drimbox.pages.reading.home_page import home_page
from functions.drimbox.pages.reading.psc_button import PICTURED, artwork
from functions.drimbox.pages.reading.sign_in_page import sign_in_page
from functions.show_exams import listing, record_words, showing
from functions.show_exams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.drimbox.consultation.contexts import Context
    from functions.drimbox.pages.kit.layout import Layout

    Answer = Callable[["entry.Event", "Reader", Context, str], replies.Reply]

Reader = readers.Reader[Settings]


def home(event: entry.Event) -> replies.Reply:
    """The first page of a professional; the way to sign in for everybody else."""
    try:
        reader = _reader(event)
    except NotAuthenticated:
        left = requests.query(event, "left") or ""
        return _sign_in(event, PAGES.layout(event), left=left)
    layout = reading_pages.layout(event, reader, reader.situation)
    page = home_page(layout, reader.professional, reader.situations, reader.situation)
    return pages.show(event, page)


def exams(event: entry.Event) -> replies.Reply:
    """The patient's page for the session that the call was bound to; the way to sign in, and back
    to the page, for everybody else. Absent for any other session.
    """
    return _of_page(event, _exams)


def file(event: entry.Event) -> replies.Reply:
    """The exams of the file that the page was given; the way to the patient's page without one."""
    return _of_page(event, _file)


def _of_page(event: entry.Event, answer: Answer) -> replies.Reply:
    """The answer to the session that the page's call was bound to; the way to sign in otherwise."""
    page = page_named(requests.path(event, "page"))
    try:
        reader = _reader(event)
    except NotAuthenticated:
        return _sign_in(event, PAGES.layout(event, here=f"/{page}"), page=page)
    return answer(event, reader, _context(event, reader, page), page)


def _exams(event: entry.Event, reader: Reader, context: Context, page: str) -> replies.Reply:
    here = f"/{page}"
    if isinstance(context, ReportLink):
        return _linked(event, reader, context, here)
    situation = reader.situation_for(context.situation, page)
    layout = reading_pages.layout(event, reader, situation, here=here)
    tenant, traits = reader.stores.tenant, reading_pages.traits(event)
    at = reader.stores.clock.now()
    listed, headers = listing.ask(event, reader, context, situation, page), HEADERS
    files = record_words.offers_files(event, reader, context, listed)
    record = listed.access.traits if listed.state is Listing.LISTED and listed.access else None
    seen = Seen(at, tenant.time_zone, all_traits=traits.all, record=record, files=files)
    if listed.state is Listing.LISTED:
        shown = showing.shown(event, reader, context, listed, page)
        headers = showing.policy(reader, shown)
        body = exams_page(layout, context, shown, seen)
    else:
        own = situations.named(reader.situations, tenant, context.situation)
        foreign = bool(context.situation) and not own
        choice = Choice(own or reader.situations, page, foreign=foreign)
        if listed.state is Listing.FAILED:
            seen = replace(seen, services=services_or_unknown(reader.stores.services))
        body = state_page(layout, context, listed, choice, seen)
    return pages.show(event, body, cookies=traits.cookies, headers=headers)


def _file(event: entry.Event, reader: Reader, context: Context, page: str) -> replies.Reply:
    if isinstance(context, ReportLink):
        raise Absent("page")
    situation = reader.situation_for(context.situation, page)
    if situation is None or state_of(context, situation) is not Listing.LISTED:
        return pages.see_other(f"{PAGES.area.base(reader.stores.slug)}/{page}")
    layout = reading_pages.layout(event, reader, situation, here=f"/{page}/file")
    # Few pages are about a file: the others do not pay for it.
    from functions.show_exams import given  # noqa: PLC0415

    return given.show(event, reader, given.Asked(page, context, situation, layout))


def change_view(event: entry.Event) -> replies.Reply:
    """303 to the patient's page, in the view that its form of filters asks for.

    The filters are kept with the page on the server: none of them stands in an address.
    """
    settings = Settings.current()
    page = page_named(requests.path(event, "page"))
    reader = _reader(event)
    fields = PAGES.require_form(event, settings.vi_url, max_fields=MOST_FIELDS)
    if isinstance(_context(event, reader, page), ReportLink):
        raise Absent("page")
    views, session = reader.stores.list_views, PAGES.session_identifier(event)
    views.keep(page, session, read_form(fields, views.get(page, session)))
    return pages.see_other(f"{PAGES.area.base(reader.stores.slug)}/{page}")


def _context(event: entry.Event, reader: Reader, page: str) -> Context:
    """The call or link that opened the page, for its one session; Absent for any other."""
    context = reader.stores.contexts.bind(page, PAGES.session_identifier(event))
    if context is None:
        raise Absent("page")
    return context


def _linked(event: entry.Event, reader: Reader, link: ReportLink, here: str) -> replies.Reply:
    """The exam of a report's link; Absent when the link does not agree with the publication."""
    # Few pages are about a link: the others do not pay for it.
    from functions.drimbox.pages.reading.linked_exam_page import linked_exam_page  # noqa: PLC0415

    stores, key, who = reader.stores, requests.request_id(event), reader.facts.subject_name_id
    with audited(stores.audit, "exam.linked", key=key, who=who) as audit:
        linked = stores.linked_exam(link)
        audit.facts["ins"] = linked.patient.ins.value
    layout = reading_pages.layout(event, reader, reader.situation, here=here)
    return pages.show(event, linked_exam_page(layout, linked))


def _sign_in(
    event: entry.Event, layout: Layout, *, page: str = "", left: str = ""
) -> replies.Reply:
    """The sign-in page, with the operator's artwork where there is one."""
    picture = artwork()
    reply = pages.show(event, sign_in_page(layout, page=page, left=left, artwork=picture))
    return {**reply, "headers": {**reply["headers"], **(PICTURED if picture else {})}}


def _reader(event: entry.Event) -> Reader:
    return readers.reader(event, PAGES.session_identifier(event), Settings.current())
